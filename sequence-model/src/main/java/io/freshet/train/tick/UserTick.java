package io.freshet.train.tick;

import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** One user's part of a tick: the history before it, and the new interactions behind that. */
public final class UserTick {
    private final long user;
    private final String subject;
    private final int lane;
    private final List<Interaction> tokens;
    private final int firstNew;
    private final List<LogEvent> events = new ArrayList<>();

    /**
     * A user without new interactions.
     *
     * @param user hashed subject id
     * @param subject subject id as the log has it
     * @param lane lane that owns the user's history
     * @param history interactions before the tick, oldest first
     */
    public UserTick(long user, String subject, int lane, List<Interaction> history) {
        this.user = user;
        this.subject = subject;
        this.lane = lane;
        this.tokens = new ArrayList<>(history);
        this.firstNew = history.size();
    }

    /** Hashed subject id. */
    public long user() {
        return user;
    }

    /** Subject id as the log has it. */
    public String subject() {
        return subject;
    }

    /** Lane that owns the user's history. */
    public int lane() {
        return lane;
    }

    /** History, then new interactions, oldest first; only {@link #accept} changes it. */
    public List<Interaction> tokens() {
        return tokens;
    }

    /** Index in {@link #tokens} of the first new interaction. */
    public int firstNew() {
        return firstNew;
    }

    /** New events, in log order; one per new interaction. Only {@link #accept} changes it. */
    public List<LogEvent> events() {
        return events;
    }

    /** Takes the next new event. */
    public void accept(LogEvent event) {
        events.add(event);
        tokens.add(
                new Interaction(event.item(), event.action(), event.eventTimeMillis(), event.value(), event.eventId()));
    }

    /** The same user without some of the new events. */
    UserTick without(Set<LogEvent> refused) {
        if (events.stream().noneMatch(refused::contains)) {
            return this;
        }
        UserTick rest = new UserTick(user, subject, lane, tokens.subList(0, firstNew));
        events.stream().filter(event -> !refused.contains(event)).forEach(rest::accept);
        return rest;
    }

    /** New interactions, copied, oldest first. */
    public List<Interaction> appended() {
        return List.copyOf(tokens.subList(firstNew, tokens.size()));
    }

    /**
     * Cuts the new interactions into sequences that fit the window.
     *
     * @param window most rows in a sequence
     * @param context most rows before the first predicted interaction
     */
    public List<TrainingSequence> sequences(int window, int context) {
        List<TrainingSequence> sequences = new ArrayList<>();
        int most = window - context + 1;
        for (int start = firstNew; start < tokens.size(); start += most) {
            int end = Math.min(tokens.size(), start + most);
            sequences.add(new TrainingSequence(this, Math.max(0, start - (context - 1)), start, end));
        }
        return sequences;
    }
}
