package io.freshet.serving;

import io.freshet.schema.SubjectId;
import io.freshet.store.Interaction;
import java.util.List;
import java.util.Optional;

/**
 * Who is asking.
 *
 * @param user id as the log has it; empty for nobody known
 * @param session id of a session as the log has it, looked at where no user is named; empty for none
 * @param inline events of the caller's, in any order; those that the known history has too count once
 */
public record Subject(String user, String session, List<Interaction> inline) {
    /** Who the store may know; empty for nobody. */
    Optional<SubjectId> stored() {
        if (!user.isEmpty()) {
            return Optional.of(SubjectId.user(user));
        }
        return session.isEmpty() ? Optional.empty() : Optional.of(SubjectId.session(session));
    }

    /** Without a session. */
    public Subject(String user, List<Interaction> inline) {
        this(user, "", inline);
    }
}
