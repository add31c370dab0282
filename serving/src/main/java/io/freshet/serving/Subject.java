package io.freshet.serving;

import io.freshet.store.Interaction;
import java.util.List;

/**
 * Who is asking.
 *
 * @param user id as the log has it; empty for nobody known
 * @param inline events of this session, oldest first; they come after the known history
 */
public record Subject(String user, List<Interaction> inline) {}
