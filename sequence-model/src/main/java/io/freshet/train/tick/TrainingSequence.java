package io.freshet.train.tick;

import io.freshet.model.ActionRules;
import io.freshet.store.Interaction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run of a user's history that is learned from as one. Its rows are the begin token and tokens {@code from .. end -
 * 2}; row {@code r} predicts token {@code from + r}.
 *
 * @param user whose history it is of
 * @param from first token of context
 * @param firstNew first token that is predicted
 * @param end behind the last token that is predicted
 */
public record TrainingSequence(UserTick user, int from, int firstNew, int end) {
    /** Number of rows, the begin token's included. */
    public int rows() {
        return end - from;
    }

    /** Tokens that are read, oldest first: all but the last, which is only predicted. */
    public List<Interaction> read() {
        return user.tokens().subList(from, end - 1);
    }

    /** Event time of the last token, ms since the epoch. */
    public long lastTime() {
        return user.tokens().get(end - 1).eventTimeMillis();
    }

    /** Whether it was learned from before: nothing of it is new. */
    public boolean replayed() {
        return user.events().isEmpty();
    }

    /** Token that a row predicts; null if that is not learned from, since the token is old or not positive. */
    public @Nullable Interaction target(int row, ActionRules rules) {
        int at = from + row;
        if (at < firstNew) {
            return null;
        }
        Interaction token = user.tokens().get(at);
        return rules.wants(token) ? token : null;
    }
}
