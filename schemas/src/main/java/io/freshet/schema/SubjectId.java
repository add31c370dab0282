package io.freshet.schema;

/**
 * Whose history an event belongs to. User "1001" and session "1001" are two subjects.
 *
 * @param kind what the id is the id of
 * @param id the id as the log has it
 */
public record SubjectId(Kind kind, String id) {
    /** What a subject is known by. */
    public enum Kind {
        /** A user's id. */
        USER,
        /** The id of a session without a user. */
        SESSION,
        /** The id of the one event that came with neither. */
        EVENT
    }

    /** Control characters, which no id may have: what they begin is no user's id. */
    private static final char SESSION_MARK = '\u0001';

    private static final char EVENT_MARK = '\u0002';

    /** A user. */
    public static SubjectId user(String id) {
        return new SubjectId(Kind.USER, id);
    }

    /** A session without a user. */
    public static SubjectId session(String id) {
        return new SubjectId(Kind.SESSION, id);
    }

    /** The subject that {@link #stored} was written for. */
    public static SubjectId of(String stored) {
        char first = stored.isEmpty() ? 'x' : stored.charAt(0);
        return switch (first) {
            case SESSION_MARK -> session(stored.substring(1));
            case EVENT_MARK -> new SubjectId(Kind.EVENT, stored.substring(1));
            default -> user(stored);
        };
    }

    /** The subject as the state keeps it: a user's id as it is, any other behind a control character. */
    public String stored() {
        return switch (kind) {
            case USER -> id;
            case SESSION -> SESSION_MARK + id;
            case EVENT -> EVENT_MARK + id;
        };
    }

    /** The subject for a reader: a user's id as it is, any other behind its kind. */
    @Override
    public String toString() {
        return switch (kind) {
            case USER -> id;
            case SESSION -> "session " + id;
            case EVENT -> "event " + id;
        };
    }
}
