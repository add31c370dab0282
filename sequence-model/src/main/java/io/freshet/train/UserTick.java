package io.freshet.train;

import io.freshet.model.ActionRules;
import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What one user brings to a tick: the history so far, and the new interactions behind it. */
final class UserTick {
    final long user;
    final String subject;
    final int lane;
    /** History, then new interactions. */
    final List<Interaction> tokens;
    /** Index in {@link #tokens} of the first new interaction. */
    final int firstNew;
    /** New events, in log order; one per new interaction. */
    final List<LogEvent> events = new ArrayList<>();

    UserTick(long user, String subject, int lane, List<Interaction> history) {
        this.user = user;
        this.subject = subject;
        this.lane = lane;
        this.tokens = new ArrayList<>(history);
        this.firstNew = history.size();
    }

    /** Takes the next new event. */
    void accept(LogEvent event) {
        events.add(event);
        tokens.add(
                new Interaction(event.item(), event.action(), event.eventTimeMillis(), event.value(), event.eventId()));
    }

    /** The same without some of its events. */
    UserTick without(Set<LogEvent> refused) {
        if (events.stream().noneMatch(refused::contains)) {
            return this;
        }
        UserTick rest = new UserTick(user, subject, lane, tokens.subList(0, firstNew));
        events.stream().filter(event -> !refused.contains(event)).forEach(rest::accept);
        return rest;
    }

    List<Interaction> appended() {
        return List.copyOf(tokens.subList(firstNew, tokens.size()));
    }

    /**
     * Cuts the new interactions into sequences that fit the window.
     *
     * @param window most rows in a sequence
     * @param context most rows before the first predicted interaction
     */
    List<Chunk> chunks(int window, int context) {
        List<Chunk> chunks = new ArrayList<>();
        int most = window - context + 1;
        for (int start = firstNew; start < tokens.size(); start += most) {
            int end = Math.min(tokens.size(), start + most);
            chunks.add(new Chunk(this, Math.max(0, start - (context - 1)), start, end));
        }
        return chunks;
    }

    /**
     * A sequence: rows are the begin token and tokens {@code from .. end - 2}; row {@code r} predicts token
     * {@code from + r}.
     *
     * @param user whose
     * @param from first token of context
     * @param firstNew first token that is predicted
     * @param end behind the last token that is predicted
     */
    record Chunk(UserTick user, int from, int firstNew, int end) {
        int rows() {
            return end - from;
        }

        /** Tokens that are read: all but the last, which is only predicted. */
        List<Interaction> read() {
            return user.tokens.subList(from, end - 1);
        }

        /** Event time of the last token, ms. */
        long lastTime() {
            return user.tokens.get(end - 1).eventTimeMillis();
        }

        /** Whether it was learned from before: nothing of it is new. */
        boolean replayed() {
            return user.events.isEmpty();
        }

        /** Token that a row predicts, if that prediction is learned from: if it says yes; else null. */
        @org.jspecify.annotations.Nullable
        Interaction target(int row, ActionRules rules) {
            int at = from + row;
            if (at < firstNew) {
                return null;
            }
            Interaction token = user.tokens.get(at);
            return rules.wants(token) ? token : null;
        }
    }
}
