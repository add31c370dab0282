package io.freshet.store.codec;

import io.freshet.store.History;
import io.freshet.store.HistoryAppend;
import io.freshet.store.Interaction;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a history: {@code i64 user | text subject | i32 n | n * (i64 item | u8 action | i64 event time | f32 value |
 * i64 event id)}, big-endian, oldest first.
 */
public final class HistoryLayout {
    /** Bytes of one interaction. */
    public static final int INTERACTION_BYTES = 29;

    private HistoryLayout() {}

    /** Writes a history. */
    public static void write(BytesWriter out, long user, String subject, List<Interaction> interactions) {
        out.putLong(user);
        out.putText(subject);
        out.putInt(interactions.size());
        for (Interaction i : interactions) {
            out.putLong(i.item());
            out.putByte(i.action());
            out.putLong(i.eventTimeMillis());
            out.putFloat(i.value());
            out.putLong(i.eventId());
        }
    }

    /** Reads a history from {@code in [bytes]}. */
    public static History read(ByteBuffer in) {
        long user = in.getLong();
        String subject = RowLayout.readText(in);
        List<Interaction> interactions = new ArrayList<>();
        for (int n = in.getInt(); n > 0; n--) {
            interactions.add(new Interaction(in.getLong(), in.get(), in.getLong(), in.getFloat(), in.getLong()));
        }
        return new History(user, subject, interactions);
    }

    /** A history as {@code [bytes]}. */
    public static byte[] toBytes(History history) {
        BytesWriter out =
                new BytesWriter(64 + INTERACTION_BYTES * history.interactions().size());
        write(out, history.user(), history.subject(), history.interactions());
        return out.toBytes();
    }

    /** A history from {@code bytes [bytes]}. */
    public static History historyFrom(byte[] bytes) {
        return read(ByteBuffer.wrap(bytes));
    }

    /** A history with interactions behind it, cut to the last {@code most}. */
    public static History append(@Nullable History before, HistoryAppend append, int most) {
        List<Interaction> all = new ArrayList<>(before == null ? List.of() : before.interactions());
        all.addAll(append.appended());
        List<Interaction> kept = all.subList(Math.max(0, all.size() - most), all.size());
        return new History(append.user(), append.subject(), List.copyOf(kept));
    }
}
