package io.freshet.serving.follower;

import io.freshet.serving.Version;
import io.freshet.serving.follower.FollowedState.FeedMark;
import io.freshet.serving.follower.FollowerStatus.State;
import io.freshet.store.TickChanges;
import io.freshet.store.feed.FeedApplier;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.FeedLimits;
import io.freshet.store.feed.FeedTick;
import io.freshet.store.feed.HostileFrame;
import io.freshet.store.feed.TickAssembler;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a store of its own equal to the learner's, and the engine at its last tick: a state machine that does one
 * bounded piece of work a {@link #step} and touches the world through its ports only. One thread steps and closes it;
 * any may ask for its {@link #status}.
 *
 * <pre>
 * WAITING      -- own store is whole, or a snapshot was restored, and the engine has it --> CONNECTING
 * CONNECTING   -- brokers answered, position before the end --> CATCHING_UP    at the end --> FOLLOWING
 * CATCHING_UP  -- position has reached an end named seconds ago --> FOLLOWING
 * FOLLOWING    -- an end named seconds ago is not reached --> CATCHING_UP
 * CATCHING_UP, FOLLOWING -- brokers silent for seconds, or the topic is missing --> CONNECTING
 * CONNECTING, CATCHING_UP, FOLLOWING -- gap, digests differ, parts missing: a snapshot is needed --> WAITING
 * CONNECTING, CATCHING_UP, FOLLOWING -- the engine failed to take a tick that the store has --> WAITING
 * all of these -- an Error here, or an engine that has ended --> FAILED      (nothing answers any more)
 * all but CLOSED -- close() --> CLOSED
 * </pre>
 *
 * <p>While it waits for a snapshot, the engine goes on answering from the last tick that was whole. A snapshot from
 * which the feed fails a second time at the same offset is not restored again: a newer one is waited for. A feed that
 * says nothing of the state, one that was made again among them, is followed from its end as long as no snapshot is
 * newer than the state ({@link FeedContinuity}).
 */
public final class FollowerCore {
    private static final Logger LOG = LoggerFactory.getLogger(FollowerCore.class);

    /** What has to be done before the feed can be followed. */
    private enum Need {
        NOTHING,
        REOPEN,
        BOOTSTRAP,
        REINSTALL
    }

    private final FeedLog feed;
    private final FollowerStores stores;
    private final FollowerEngine engine;
    private final LongSupplier nowMillis;
    private final FollowerRules rules;
    private final FrameGate gate;
    private final FeedCurrency currency;
    private final FeedContinuity continuity;
    private final ArrayDeque<FeedLog.Entry> polled = new ArrayDeque<>();

    private volatile FollowerStatus status =
            new FollowerStatus(State.WAITING, -1, -1, 0, 0, FollowerStatus.Counts.NONE, "starting");
    private Need need = Need.REOPEN;
    private @Nullable FollowedState own;
    private @Nullable TickAssembler assembler;
    private @Nullable FeedApplier applier;
    private boolean sought;
    private boolean reentered;
    /** Next record to read, and the last place behind a whole tick. */
    private long position;

    private FeedMark boundary = new FeedMark(0, "", 0);
    private int sinceSave;
    private long notBefore;
    private long retry;
    /** Where following failed last, and from which snapshot; the snapshot that failed there twice. */
    private long lostAt = -1;

    private String lostFrom = "";
    private String spent = "";
    private String spentBecause = "";
    private long applied;
    private long verifiedBefore;
    private long fencedBefore;
    private long bootstraps;
    private long reinstalls;
    private long reentries;

    /** @param nowMillis a clock that only goes forward; the one that the feed's {@link FeedLog.Reach} is told by */
    public FollowerCore(
            FeedLog feed, FollowerStores stores, FollowerEngine engine, LongSupplier nowMillis, FollowerRules rules) {
        this.feed = feed;
        this.stores = stores;
        this.engine = engine;
        this.nowMillis = nowMillis;
        this.rules = rules;
        gate = new FrameGate(stores);
        currency = new FeedCurrency(feed, rules.currentMillis(), nowMillis.getAsLong());
        continuity = new FeedContinuity(feed, stores, nowMillis, rules.retryMostMillis());
        retry = rules.retryMillis();
    }

    /** Where it stands, as of the last step; for any thread. */
    public FollowerStatus status() {
        return status;
    }

    /** The state that is followed; null before the first, and after the end. */
    public @Nullable FollowedState state() {
        return own;
    }

    /** Does one bounded piece of work: loads a state, reads from the feed, or takes one record. Never throws. */
    public Waits step() {
        if (status.state() == State.CLOSED || status.state() == State.FAILED) {
            return Waits.END;
        }
        try {
            Throwable ended = engine.failure();
            if (ended != null) {
                return fail("the scoring engine has ended: " + ended, ended);
            }
            long now = nowMillis.getAsLong();
            if (now < notBefore) {
                tell();
                return new Waits(Waits.On.TIME, notBefore);
            }
            return need == Need.NOTHING ? follow() : load();
        } catch (RuntimeException e) {
            return again("following failed: " + e, e);
        } catch (Throwable e) {
            return fail("the follower failed: " + e, e);
        }
    }

    private Waits load() {
        try {
            if (need == Need.REINSTALL) {
                FollowedState mine = Objects.requireNonNull(own);
                install(mine);
                reinstalls++;
                adopted(mine);
                return Waits.NOTHING;
            }
            Optional<FollowedState> next = need == Need.REOPEN ? stores.reopen() : stores.bootstrap(spent);
            if (next.isPresent()) {
                take(next.get());
                return Waits.NOTHING;
            }
        } catch (IOException | RuntimeException e) {
            Need failed = need;
            need = Need.BOOTSTRAP;
            return again(
                    (failed == Need.REINSTALL ? "the engine cannot be loaded from its store" : "no state can be loaded")
                            + ": " + e.getMessage(),
                    e);
        }
        if (need == Need.REOPEN) {
            need = Need.BOOTSTRAP;
            return Waits.NOTHING;
        }
        return again(
                spent.isEmpty()
                        ? "no snapshot is committed yet in " + stores.address()
                        : "snapshot " + spent + " cannot be followed from (" + spentBecause
                                + "); a newer one is waited for in " + stores.address(),
                null);
    }

    private void take(FollowedState next) {
        try {
            install(next);
        } catch (RuntimeException | Error e) {
            next.close();
            throw e;
        }
        bootstraps += need == Need.BOOTSTRAP ? 1 : 0;
        FollowedState before = own;
        own = next;
        if (applier != null && assembler != null) {
            verifiedBefore += applier.verifiedTicks();
            fencedBefore += assembler.fencedFrames();
        }
        if (before != null) {
            // Nothing reads it any more.
            before.close();
        }
        gate.follow(next);
        applier = new FeedApplier(next.store(), next.incarnation());
        assembler = new TickAssembler(FeedLimits.of(next.store().layout(), rules.tickBytes()), next.fence());
        boundary = next.mark();
        position = boundary.offset();
        sought = false;
        reentered = false;
        sinceSave = 0;
        polled.clear();
        currency.reset();
        continuity.reset();
        try {
            next.removeOthers();
        } catch (IOException | RuntimeException e) {
            LOG.warn("older states could not be deleted: {}", e.getMessage());
        }
        LOG.info("follows from tick {} (snapshot {})", next.store().tick(), next.snapshot());
        adopted(next);
    }

    private void install(FollowedState from) {
        Version version = new Version(
                from.store().tick(),
                Math.max(from.incarnation(), own == from && assembler != null ? assembler.incarnation() : -1),
                own == from ? boundary.learnedAtMillis() : from.mark().learnedAtMillis(),
                from.store().frontier());
        engine.install(from.model(), from.ids(), from.store().view(), version);
    }

    private void adopted(FollowedState mine) {
        need = Need.NOTHING;
        retry = rules.retryMillis();
        move(State.CONNECTING, mine.store().tick() < 0 ? "nothing was learned yet" : "");
        tell();
    }

    private Waits follow() {
        FollowedState mine = Objects.requireNonNull(own);
        try {
            FeedLog.Reach reach = feed.reach();
            if (!reach.topic().isEmpty()
                    && !boundary.topic().isEmpty()
                    && !reach.topic().equals(boundary.topic())) {
                boundary = new FeedMark(reach.begin(), reach.topic(), boundary.learnedAtMillis());
                return reenter("the topic was deleted and made again", reach.begin());
            }
            if (!sought) {
                feed.seek(position);
                sought = true;
            }
            if (polled.isEmpty()) {
                polled.addAll(feed.poll());
                gate.polled();
            }
        } catch (FeedLog.Lost e) {
            FeedLog.Reach reach = feed.reach();
            return reentered || reach.reachedAtMillis() < 0
                    ? lost(position, String.valueOf(e.getMessage()), e)
                    : reenter(String.valueOf(e.getMessage()), reach.begin());
        } catch (RuntimeException e) {
            sought = false;
            return again("the feed at " + feed.name() + " cannot be read: " + e.getMessage(), e);
        }
        FeedLog.Entry record = polled.peek();
        if (record == null) {
            if (continuity.isBroken(position, mine.store(), followed(mine))) {
                return replace(mine);
            }
            tell();
            return new Waits(Waits.On.FEED, nowMillis.getAsLong() + rules.retryMillis());
        }
        return record(mine, record);
    }

    /** A snapshot has what the feed does not bring. If it cannot be restored, the state is followed on. */
    private Waits replace(FollowedState mine) {
        LOG.warn(
                "a snapshot of later ticks is committed, and nothing in the feed, which was read to its end, follows"
                        + " tick {}: it replaces the state",
                mine.store().tick());
        Optional<FollowedState> later;
        try {
            later = stores.bootstrap(mine.snapshot());
        } catch (IOException | RuntimeException e) {
            LOG.warn("it cannot be restored, and the state is followed on: {}", e.getMessage(), e);
            return told();
        }
        if (later.isPresent()) {
            need = Need.BOOTSTRAP;
            take(later.get());
        }
        return told();
    }

    /** Reads from the beginning: if nothing is missing there for this state, digests prove it. */
    private Waits reenter(String why, long begin) {
        LOG.warn("{}; the feed is entered again at its beginning, offset {}, instead of {}", why, begin, position);
        reentries++;
        reentered = true;
        position = begin;
        sought = false;
        polled.clear();
        currency.reset();
        continuity.reset();
        FollowedState mine = Objects.requireNonNull(own);
        long fence = Math.max(mine.fence(), Objects.requireNonNull(assembler).incarnation());
        fencedBefore += assembler.fencedFrames();
        assembler = new TickAssembler(FeedLimits.of(mine.store().layout(), rules.tickBytes()), fence);
        tell();
        return Waits.NOTHING;
    }

    private Waits record(FollowedState mine, FeedLog.Entry record) {
        Optional<FeedFrame> frame;
        try {
            frame = gate.admit(record);
        } catch (IOException | RuntimeException e) {
            return again(
                    "the repository " + stores.address() + " cannot be asked whether it knows a new learner: "
                            + e.getMessage(),
                    e);
        }
        Optional<FeedTick> tick = Optional.empty();
        if (frame.isPresent()) {
            try {
                tick = Objects.requireNonNull(assembler).add(frame.get());
            } catch (HostileFrame e) {
                gate.hostile(record, e);
            } catch (IllegalArgumentException e) {
                // A trimmed feed begins in the middle of a tick; one that is here already is not missed.
                if (!reentered || frame.get().tick() > mine.store().tick()) {
                    return lost(record.offset(), "offset " + record.offset() + " of the feed: " + e.getMessage(), e);
                }
            }
        }
        polled.remove();
        position = record.offset() + 1;
        return tick.isPresent() ? tick(mine, record.offset(), tick.get()) : told();
    }

    private Waits tick(FollowedState mine, long offset, FeedTick tick) {
        FeedFrame.Marker marker = tick.marker();
        Optional<TickChanges> changes;
        try {
            changes = Objects.requireNonNull(applier).apply(tick);
        } catch (RuntimeException e) {
            return lost(offset, "offset " + offset + " of the feed: " + e.getMessage(), e);
        }
        long learnedAt = changes.isPresent() ? marker.learnedAtMillis() : boundary.learnedAtMillis();
        boundary = new FeedMark(position, feed.reach().topic(), learnedAt);
        if (marker.tick() == mine.store().tick()) {
            // Applied, or found the same: the feed leads to this state, and what follows will come.
            reentered = false;
            continuity.proven();
        }
        if (changes.isPresent()) {
            applied++;
            try {
                Version version = new Version(
                        marker.tick(),
                        marker.incarnation(),
                        learnedAt,
                        changes.get().frontier());
                engine.advance(changes.get(), mine.store().view(), version);
            } catch (RuntimeException e) {
                // The store has the tick, so that nothing would bring it again.
                need = Need.REINSTALL;
                move(State.WAITING, "the engine did not take tick " + marker.tick() + " and is loaded again: " + e);
                LOG.warn("{}", status.problem(), e);
                return Waits.NOTHING;
            }
        }
        retry = rules.retryMillis();
        if (++sinceSave >= rules.saveEvery()) {
            try {
                mine.save(boundary);
                sinceSave = 0;
            } catch (RuntimeException e) {
                return lost(offset, "the place in the feed cannot be saved: " + e.getMessage(), e);
            }
        }
        return told();
    }

    /** The feed cannot be followed from here: a snapshot replaces the state. */
    private Waits lost(long offset, String why, @Nullable Throwable cause) {
        String from = Objects.requireNonNull(own).snapshot();
        if (offset == lostAt && from.equals(lostFrom)) {
            spent = from;
            spentBecause = why;
        }
        lostAt = offset;
        lostFrom = from;
        need = Need.BOOTSTRAP;
        polled.clear();
        sought = false;
        currency.reset();
        return again("the feed cannot be followed, a snapshot replaces the state: " + why, cause);
    }

    /** Something has to be tried again later. */
    private Waits again(String why, @Nullable Throwable cause) {
        notBefore = nowMillis.getAsLong() + retry;
        retry = Math.min(rules.retryMostMillis(), retry * 2);
        boolean said = status.problem().equals(why);
        move(need == Need.NOTHING ? State.CONNECTING : State.WAITING, why);
        if (!said && cause != null) {
            LOG.warn("{}", why, cause);
        }
        return new Waits(Waits.On.TIME, notBefore);
    }

    private Waits fail(String why, Throwable cause) {
        move(State.FAILED, why);
        try {
            LOG.error("{}", why, cause);
        } finally {
            engine.fail(cause);
        }
        return Waits.END;
    }

    private Waits told() {
        tell();
        return Waits.NOTHING;
    }

    /** Says where it stands. While it waits, the problem stays what it is. */
    private void tell() {
        if (need != Need.NOTHING || nowMillis.getAsLong() < notBefore) {
            move(status.state(), status.problem());
            return;
        }
        FeedCurrency.Verdict verdict = currency.at(position, nowMillis.getAsLong());
        move(verdict.state(), verdict.problem());
    }

    /** Start of the learner that is followed; -1 before there is one. */
    private long followed(FollowedState mine) {
        TickAssembler frames = assembler;
        return frames == null ? -1 : Math.max(mine.incarnation(), frames.incarnation());
    }

    private void move(State next, String problem) {
        State now = status.state();
        if (now != next && !now.mayBecome(next)) {
            throw new IllegalStateException("a follower that is " + now + " cannot become " + next);
        }
        FollowedState mine = own;
        TickAssembler frames = assembler;
        FeedApplier ticks = applier;
        long end = feed.reach().end();
        status = new FollowerStatus(
                next,
                mine == null || next == State.CLOSED
                        ? status.tick()
                        : mine.store().tick(),
                mine == null ? -1 : followed(mine),
                position,
                Math.max(0, end - position),
                new FollowerStatus.Counts(
                        applied,
                        verifiedBefore + (ticks == null ? 0 : ticks.verifiedTicks()),
                        fencedBefore + (frames == null ? 0 : frames.fencedFrames()),
                        gate.hostile(),
                        gate.unknown(),
                        gate.foreign(),
                        bootstraps,
                        reinstalls,
                        reentries),
                problem);
    }

    /** Gives everything back, the feed's client too; the engine answers nothing any more. */
    public void close() {
        if (status.state() == State.CLOSED) {
            return;
        }
        FollowedState mine = own;
        boolean whole = need == Need.NOTHING && status.state() != State.FAILED;
        move(State.CLOSED, status.state() == State.FAILED ? status.problem() : "");
        engine.uninstall();
        try {
            if (mine != null && whole && sinceSave > 0) {
                mine.save(boundary);
            }
        } catch (RuntimeException e) {
            LOG.warn("the place in the feed could not be saved: {}", e.getMessage());
        } finally {
            own = null;
            if (mine != null) {
                mine.close();
            }
            feed.close();
        }
    }
}
