package io.freshet.schema.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Avro's binary encoding, from bytes that nobody vouches for. No length or count is believed beyond the bytes that are
 * left, so a record can make the reader allocate no more than in proportion to its size.
 *
 * <p>Items of a whole record may be at most as many as its bytes. That refuses nothing but arrays of items that take no
 * bytes, with which ten bytes could ask for billions of rounds.
 */
final class BoundedDecoder extends Decoder {
    private static final int LONGEST_NUMBER = 10;

    private final ByteBuffer in;
    private long itemsLeft;

    BoundedDecoder(byte[] bytes, int from) {
        in = ByteBuffer.wrap(bytes, from, bytes.length - from).order(ByteOrder.LITTLE_ENDIAN);
        itemsLeft = in.remaining();
    }

    private int length(long claimed) throws IOException {
        if (claimed < 0 || claimed > in.remaining()) {
            throw new IOException("a length of " + claimed + " where " + in.remaining() + " bytes are left");
        }
        return (int) claimed;
    }

    private void skip(long claimed) throws IOException {
        int length = length(claimed);
        in.position(in.position() + length);
    }

    private long items(long claimed) throws IOException {
        if (claimed < 0 || claimed > itemsLeft) {
            throw new IOException("a count of " + claimed + " where there can be at most " + itemsLeft + " items");
        }
        itemsLeft -= claimed;
        return claimed;
    }

    private long count() throws IOException {
        long count = readLong();
        if (count >= 0) {
            return items(count);
        }
        length(readLong());
        return items(-count);
    }

    /** Count of the next block that has no byte size; blocks that have one are passed over whole. */
    private long skipCount() throws IOException {
        long count = readLong();
        while (count < 0) {
            skip(readLong());
            count = readLong();
        }
        return items(count);
    }

    @Override
    public void readNull() {}

    @Override
    public boolean readBoolean() {
        return in.get() == 1;
    }

    @Override
    public int readInt() throws IOException {
        return Math.toIntExact(readLong());
    }

    @Override
    public long readLong() throws IOException {
        long bits = 0;
        for (int i = 0; i < LONGEST_NUMBER; i++) {
            byte next = in.get();
            bits |= (next & 0x7FL) << (7 * i);
            if (next >= 0) {
                return (bits >>> 1) ^ -(bits & 1);
            }
        }
        throw new IOException("a number of more than " + LONGEST_NUMBER + " bytes");
    }

    @Override
    public float readFloat() {
        return in.getFloat();
    }

    @Override
    public double readDouble() {
        return in.getDouble();
    }

    private byte[] bytes() throws IOException {
        byte[] bytes = new byte[length(readLong())];
        in.get(bytes);
        return bytes;
    }

    @Override
    public Utf8 readString(@Nullable Utf8 old) throws IOException {
        return new Utf8(bytes());
    }

    @Override
    public String readString() throws IOException {
        return readString(null).toString();
    }

    @Override
    public void skipString() throws IOException {
        skip(readLong());
    }

    @Override
    public ByteBuffer readBytes(ByteBuffer old) throws IOException {
        return ByteBuffer.wrap(bytes());
    }

    @Override
    public void skipBytes() throws IOException {
        skip(readLong());
    }

    @Override
    public void readFixed(byte[] bytes, int start, int length) {
        in.get(bytes, start, length);
    }

    @Override
    public void skipFixed(int length) throws IOException {
        skip(length);
    }

    @Override
    public int readEnum() throws IOException {
        return readInt();
    }

    @Override
    public long readArrayStart() throws IOException {
        return count();
    }

    @Override
    public long arrayNext() throws IOException {
        return count();
    }

    @Override
    public long skipArray() throws IOException {
        return skipCount();
    }

    @Override
    public long readMapStart() throws IOException {
        return count();
    }

    @Override
    public long mapNext() throws IOException {
        return count();
    }

    @Override
    public long skipMap() throws IOException {
        return skipCount();
    }

    @Override
    public int readIndex() throws IOException {
        return readInt();
    }

    @Override
    public int remainingBytes() {
        return in.remaining();
    }
}
