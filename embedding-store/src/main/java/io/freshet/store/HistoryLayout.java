package io.freshet.store;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Bytes of a history: {@code i64 user | text subject | i32 n | n * (i64 item | u8 action | i64 event time | f32 value |
 * i64 event id)}, big-endian, oldest first.
 */
public final class HistoryLayout {
    /** Bytes of one interaction. */
    public static final int INTERACTION_BYTES = 29;

    private HistoryLayout() {}

    static void write(DataOutputStream out, long user, String subject, List<Interaction> interactions)
            throws IOException {
        out.writeLong(user);
        RowLayout.writeText(out, subject);
        out.writeInt(interactions.size());
        for (Interaction i : interactions) {
            out.writeLong(i.item());
            out.writeByte(i.action());
            out.writeLong(i.eventTimeMillis());
            out.writeFloat(i.value());
            out.writeLong(i.eventId());
        }
    }

    static History read(ByteBuffer in) {
        long user = in.getLong();
        String subject = RowLayout.readText(in);
        List<Interaction> interactions = new ArrayList<>();
        for (int n = in.getInt(); n > 0; n--) {
            interactions.add(new Interaction(in.getLong(), in.get(), in.getLong(), in.getFloat(), in.getLong()));
        }
        return new History(user, subject, interactions);
    }

    /** A history as bytes. */
    public static byte[] toBytes(History history) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(out, history.user(), history.subject(), history.interactions());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** A history from bytes. */
    public static History historyFrom(byte[] bytes) {
        return read(ByteBuffer.wrap(bytes));
    }

    /** A history with interactions behind it, cut to the last {@code most}. */
    public static History append(@org.jspecify.annotations.Nullable History before, HistoryAppend append, int most) {
        List<Interaction> all = new ArrayList<>(before == null ? List.of() : before.interactions());
        all.addAll(append.appended());
        List<Interaction> kept = all.subList(Math.max(0, all.size() - most), all.size());
        return new History(append.user(), append.subject(), List.copyOf(kept));
    }
}
