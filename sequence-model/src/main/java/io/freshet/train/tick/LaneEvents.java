package io.freshet.train.tick;

import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.store.codec.HistoryLayout;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What one lane brings to a tick: its users with the end of their histories and their new events.
 *
 * <pre>
 * i64 duplicates | i64 conflicts | i32 n {refused} | i32 n {user}
 * refused = i32 partition | i64 offset | text reason | text detail
 * user = i32 first new | i32 bytes, history and new interactions | i32 n {i32 partition, i64 offset, text item}
 * </pre>
 *
 * @param lane lane
 * @param users users with at least one accepted event
 * @param duplicates events dropped as duplicates
 * @param conflicts duplicates whose content differed
 * @param refused events whose user's hash is another user's, in log order
 */
public record LaneEvents(int lane, List<UserTick> users, long duplicates, long conflicts, List<RefusedEvent> refused) {
    /** The lane's events, {@code [bytes]}, with histories of at most {@code context} interactions. */
    public byte[] toBytes(int context) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(duplicates);
            out.writeLong(conflicts);
            out.writeInt(refused.size());
            for (RefusedEvent event : refused) {
                out.writeInt(event.partition());
                out.writeLong(event.offset());
                out.writeUTF(event.reason());
                out.writeUTF(event.detail());
            }
            out.writeInt(users.size());
            for (UserTick user : users) {
                int from = Math.max(0, user.firstNew() - context);
                out.writeInt(user.firstNew() - from);
                List<Interaction> tokens =
                        user.tokens().subList(from, user.tokens().size());
                byte[] history = HistoryLayout.toBytes(new History(user.user(), user.subject(), tokens));
                out.writeInt(history.length);
                out.write(history);
                out.writeInt(user.events().size());
                for (LogEvent event : user.events()) {
                    out.writeInt(event.partition());
                    out.writeLong(event.offset());
                    out.writeUTF(event.itemName());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @param bytes {@code [bytes]}
     * @throws UncheckedIOException if the bytes are cut short
     */
    public static LaneEvents fromBytes(int lane, byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            long duplicates = in.readLong();
            long conflicts = in.readLong();
            List<RefusedEvent> refused = new ArrayList<>();
            for (int n = in.readInt(); n > 0; n--) {
                refused.add(new RefusedEvent(in.readInt(), in.readLong(), in.readUTF(), in.readUTF()));
            }
            List<UserTick> users = new ArrayList<>();
            for (int n = in.readInt(); n > 0; n--) {
                users.add(user(lane, in));
            }
            return new LaneEvents(lane, users, duplicates, conflicts, refused);
        } catch (IOException e) {
            throw new UncheckedIOException("what lane " + lane + " brings to a tick is cut short", e);
        }
    }

    private static UserTick user(int lane, DataInputStream in) throws IOException {
        int firstNew = in.readInt();
        History history = HistoryLayout.historyFrom(in.readNBytes(in.readInt()));
        List<Interaction> tokens = history.interactions();
        UserTick user = new UserTick(history.user(), history.subject(), lane, tokens.subList(0, firstNew));
        int events = in.readInt();
        for (int i = 0; i < events; i++) {
            Interaction token = tokens.get(firstNew + i);
            user.accept(new LogEvent(
                    in.readInt(),
                    in.readLong(),
                    history.user(),
                    history.subject(),
                    token.item(),
                    in.readUTF(),
                    token.action(),
                    token.eventTimeMillis(),
                    token.value(),
                    token.eventId()));
        }
        return user;
    }
}
