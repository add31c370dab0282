package io.freshet.serving;

import io.freshet.store.Interaction;
import java.util.List;

/**
 * Who is asking.
 *
 * @param user id as the log has it; empty for nobody known
 * @param session id of a session as the log has it, looked at where no user is named; empty for none
 * @param inline events of the caller's, in any order; those that the known history has too count once
 */
public record Subject(String user, String session, List<Interaction> inline) {
    /** Without a session. */
    public Subject(String user, List<Interaction> inline) {
        this(user, "", inline);
    }
}
