package io.freshet.train.tick;

/**
 * An event that the learner did not take in; nothing of it is in the state. Where it stands in the log is for the dead
 * letters.
 *
 * @param partition partition of the log
 * @param offset offset in the partition
 * @param reason short and fixed, for counting: {@link #ID_COLLISION}
 * @param detail what is wrong, for a person
 */
public record RefusedEvent(int partition, long offset, String reason, String detail) {
    /** The hash of the event's user or item is another one's, who was there first. */
    public static final String ID_COLLISION = "id-collision";

    static RefusedEvent user(LogEvent event, String first) {
        return of(event, "user", event.user(), event.subject(), first);
    }

    static RefusedEvent item(LogEvent event, String first) {
        return of(event, "item", event.item(), event.itemName(), first);
    }

    private static RefusedEvent of(LogEvent event, String what, long hash, String name, String first) {
        return new RefusedEvent(
                event.partition(),
                event.offset(),
                ID_COLLISION,
                what + " \"" + name + "\" has the hash " + Long.toUnsignedString(hash, 16) + " of " + what + " \""
                        + first + "\", which was there first; give one of them another id");
    }
}
