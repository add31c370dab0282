package io.freshet.schema.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/**
 * Avro's single-object encoding of one record type: every released version is read, the current one is written.
 * Thread-safe.
 */
public final class SingleObjectCodec {
    private static final int HEADER = 10;

    private final EventSchemas.Type type;
    private final Schema schema;
    /** {@code C3 01 | u64 fingerprint}, little-endian; 10 bytes. */
    private final byte[] header;

    private final GenericDatumWriter<GenericRecord> writer;
    private final Map<Long, GenericDatumReader<GenericRecord>> readers = new HashMap<>();

    /** @param type what is written and read */
    public SingleObjectCodec(EventSchemas.Type type) {
        this.type = type;
        schema = EventSchemas.current(type);
        header = ByteBuffer.allocate(HEADER)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0xC3)
                .put((byte) 0x01)
                .putLong(SchemaNormalization.parsingFingerprint64(schema))
                .array();
        writer = new GenericDatumWriter<>(schema);
        for (Schema version : EventSchemas.released(type)) {
            readers.put(SchemaNormalization.parsingFingerprint64(version), new GenericDatumReader<>(version, schema));
        }
    }

    /** The schema that is written. */
    public Schema schema() {
        return schema;
    }

    /** Whether bytes begin as this encoding does. */
    public static boolean marks(byte[] value) {
        return value.length >= HEADER && (value[0] & 255) == 0xC3 && value[1] == 1;
    }

    /** The record in this encoding. */
    public byte[] encode(GenericRecord record) {
        return encode(header, record);
    }

    /** The record behind another header. */
    public byte[] encode(byte[] head, GenericRecord record) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(head);
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
            writer.write(record, encoder);
            encoder.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a record that was written with any released schema.
     *
     * @throws RejectedException if the bytes are not that
     */
    public GenericRecord decode(byte[] value) throws RejectedException {
        if (!marks(value)) {
            throw new RejectedException(
                    RejectReason.UNKNOWN_FORMAT, "not Avro single-object encoding (C3 01); " + start(value));
        }
        long fingerprint = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong(2);
        GenericDatumReader<GenericRecord> reader = readers.get(fingerprint);
        if (reader == null) {
            throw new RejectedException(
                    RejectReason.UNKNOWN_SCHEMA,
                    "Avro single object with fingerprint " + Long.toHexString(fingerprint)
                            + ", which is no released version of " + type.directory());
        }
        return read(reader, value, HEADER);
    }

    /** Reads a record that ends where the bytes end; whatever is wrong with the bytes is a rejection. */
    public static GenericRecord read(GenericDatumReader<GenericRecord> reader, byte[] value, int from)
            throws RejectedException {
        BoundedDecoder decoder = new BoundedDecoder(value, from);
        GenericRecord record;
        try {
            record = reader.read(null, decoder);
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw new RejectedException(
                    RejectReason.MALFORMED, "the bytes are not of their schema: " + e + "; " + start(value));
        }
        if (decoder.remainingBytes() > 0) {
            throw new RejectedException(
                    RejectReason.MALFORMED, decoder.remainingBytes() + " bytes follow the record; " + start(value));
        }
        return record;
    }

    /** What a person is shown of bytes that were refused. */
    public static String start(byte[] value) {
        return "first bytes " + HexFormat.ofDelimiter(" ").formatHex(value, 0, Math.min(16, value.length));
    }
}
