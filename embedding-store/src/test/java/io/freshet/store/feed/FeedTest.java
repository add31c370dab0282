package io.freshet.store.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.AppliedTick;
import io.freshet.store.RandomTicks;
import io.freshet.store.TickChanges;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.memory.InMemoryStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A follower's store is the learner's, or it says so. */
class FeedTest {
    private final RandomTicks ticks = new RandomTicks(11);
    private final InMemoryStore learner = new InMemoryStore(RandomTicks.LAYOUT);
    private final InMemoryStore follower = new InMemoryStore(RandomTicks.LAYOUT);
    private final TickAssembler assembler = new TickAssembler();
    private final FeedApplier applier = new FeedApplier(follower, 1);

    private static List<FeedFrame> frames(long incarnation, InMemoryStore store, TickChanges changes) {
        long previous = store.tick();
        AppliedTick applied = store.apply(changes);
        List<FeedFrame> frames = new ArrayList<>();
        for (int lane = 0; lane < RandomTicks.LAYOUT.lanes(); lane++) {
            byte[] encoded = LaneChangesCodec.encode(
                    changes.tick(), changes.frontier(), changes.lanes().get(lane));
            frames.addAll(FeedFrame.parts(incarnation, changes.tick(), lane, encoded));
        }
        frames.add(new FeedFrame.Marker(
                incarnation, changes.tick(), previous, 123, applied.digests(), applied.contents()));
        return frames;
    }

    private static FeedFrame.Marker marker(long tick, long previous, int lanes) {
        return new FeedFrame.Marker(1, tick, previous, 0, new byte[lanes][32], new byte[lanes][32]);
    }

    private int follow(List<FeedFrame> frames) {
        int applied = 0;
        for (FeedFrame frame : frames) {
            Optional<FeedTick> tick = assembler.add(FeedFrame.fromBytes(frame.toBytes()));
            if (tick.isPresent() && applier.apply(tick.get()).isPresent()) {
                applied++;
            }
        }
        return applied;
    }

    @Test
    void aFollowerEndsWithTheLearnersDigest() {
        for (int n = 0; n < 40; n++) {
            assertThat(follow(frames(1, learner, ticks.next()))).isEqualTo(1);
        }
        assertThat(follower.digests()).isDeepEqualTo(learner.digests());
        assertThat(follower.tick()).isEqualTo(learner.tick());
        assertThat(follower.frontier()).isEqualTo(learner.frontier());
    }

    @Test
    void ticksSentAgainByTheNextIncarnationAreVerifiedNotApplied() {
        follow(frames(1, learner, ticks.next()));
        InMemoryStore snapshot = learner.copy();
        List<TickChanges> later = List.of(ticks.next(), ticks.next(), ticks.next());
        later.forEach(changes -> follow(frames(1, learner, changes)));
        byte[][] before = follower.digests();
        later.forEach(
                changes -> assertThat(follow(frames(2, snapshot, changes))).isZero());
        assertThat(follower.digests()).isDeepEqualTo(before);
        assertThat(applier.verifiedTicks()).isEqualTo(3);
    }

    @Test
    void aTickCutShortByACrashIsForgottenAndItsRepetitionApplied() {
        InMemoryStore snapshot = learner.copy();
        TickChanges changes = ticks.next();
        List<FeedFrame> whole = frames(1, learner, changes);
        assertThat(follow(whole.subList(0, 2))).isZero();
        assertThat(follow(frames(2, snapshot, changes))).isEqualTo(1);
        assertThat(follower.digests()).isDeepEqualTo(learner.digests());
    }

    @Test
    void framesOfAReplacedLearnerAreFenced() {
        InMemoryStore old = learner.copy();
        follow(frames(2, learner, ticks.next()));
        byte[][] before = follower.digests();
        assertThat(follow(frames(1, old, ticks.next()))).isZero();
        assertThat(follower.digests()).isDeepEqualTo(before);
        assertThat(assembler.fencedFrames()).isPositive();
    }

    @Test
    void aGapIsRefused() {
        follow(frames(1, learner, ticks.next()));
        frames(1, learner, ticks.next());
        assertThatThrownBy(() -> follow(frames(1, learner, ticks.next())))
                .isInstanceOf(FeedApplier.Diverged.class)
                .hasMessageContaining("missing");
    }

    @Test
    void anotherHistoryOfTheSameTickIsRefused() {
        InMemoryStore twin = learner.copy();
        follow(frames(1, learner, ticks.next()));
        assertThatThrownBy(() -> follow(frames(2, twin, new RandomTicks(12).next())))
                .isInstanceOf(FeedApplier.Diverged.class);
    }

    @Test
    void aLearnerThatBeginsAgainWithSmallerNumbersIsRefused() {
        TickChanges first = ticks.next();
        InMemoryStore anew = learner.copy();
        frames(1, learner, new TickChanges(first.tick() + 1000, first.frontier(), first.lanes()))
                .forEach(frame -> follow(List.of(frame)));
        List<FeedFrame> begun = frames(2, anew, first);
        assertThatThrownBy(() -> follow(begun))
                .isInstanceOf(FeedApplier.Diverged.class)
                .hasMessageContaining("begun again");
    }

    @Test
    void anyByteChangedInAPartIsNoticed() {
        List<FeedFrame> frames = frames(1, learner, ticks.next());
        SplittableRandom random = new SplittableRandom(5);
        for (int n = 0; n < 200; n++) {
            List<FeedFrame> damaged = new ArrayList<>(frames);
            int lane = random.nextInt(RandomTicks.LAYOUT.lanes());
            FeedFrame.Part part = (FeedFrame.Part) frames.get(lane);
            byte[] payload = part.payload().clone();
            payload[random.nextInt(payload.length)] ^= (byte) (1 << random.nextInt(8));
            damaged.set(lane, new FeedFrame.Part(1, part.tick(), lane, 0, 1, payload));
            assertThatThrownBy(() -> follow(damaged)).isInstanceOf(FeedApplier.Diverged.class);
        }
        assertThat(follow(frames)).isEqualTo(1);
    }

    @Test
    void behindASnapshotWhatAnEarlierLearnerSentLateIsFenced() {
        List<FeedFrame> late = frames(1, learner, ticks.next());
        List<FeedFrame> next = frames(2, learner, ticks.next());
        List<FeedFrame> feed = new ArrayList<>(late.subList(2, late.size()));
        feed.addAll(next);
        TickAssembler unknowing = new TickAssembler();
        assertThatThrownBy(() -> feed.forEach(unknowing::add)).isInstanceOf(IllegalArgumentException.class);
        TickAssembler knowing = new TickAssembler(2);
        List<Long> whole = new ArrayList<>();
        for (FeedFrame frame : feed) {
            knowing.add(frame).ifPresent(tick -> whole.add(tick.marker().tick()));
        }
        assertThat(whole).containsExactly(next.get(0).tick());
        assertThat(knowing.fencedFrames()).isEqualTo(late.size() - 2);
    }

    @Test
    void longChangesTravelInParts() {
        byte[] encoded = new byte[2 * FeedFrame.PART_BYTES + 17];
        new Random(3).nextBytes(encoded);
        TickAssembler one = new TickAssembler();
        List<FeedFrame.Part> parts = FeedFrame.parts(7, 5, 0, encoded);
        assertThat(parts).hasSize(3);
        one.add(parts.get(1));
        one.add(parts.get(0));
        one.add(parts.get(0));
        one.add(parts.get(2));
        FeedTick tick = one.add(new FeedFrame.Marker(7, 5, 4, 0, new byte[1][32], new byte[1][32]))
                .orElseThrow();
        assertThat(tick.lanes()[0]).isEqualTo(encoded);
    }

    @Test
    void bytesThatAreNoFrameAreRefused() {
        for (int length = 0; length < 60; length++) {
            byte[] junk = new byte[length];
            Arrays.fill(junk, (byte) 0x7f);
            assertThatThrownBy(() -> FeedFrame.fromBytes(junk)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void framesAreTheseBytes() {
        RepositoryId ours = new RepositoryId(0x0102030405060708L, 0x1112131415161718L);
        String id = "01020304050607081112131415161718";
        assertThat(HexFormat.of().formatHex(new FeedFrame.Part(ours, 7, 5, 3, 1, 2, new byte[] {9, 8}).toBytes()))
                .isEqualTo("0301" + "0000000000000007" + "0000000000000005" + id + "00000003" + "00000001" + "00000002"
                        + "0908");
        byte[] digest = new byte[32];
        digest[31] = 1;
        byte[] content = new byte[32];
        content[0] = 2;
        FeedFrame.Marker marker = new FeedFrame.Marker(
                ours, 7, 5, 4, 258, new LogId(0x21L), new byte[][] {digest}, new byte[][] {content});
        assertThat(HexFormat.of().formatHex(marker.toBytes()))
                .isEqualTo(
                        "0302" + "0000000000000007" + "0000000000000005" + id + "0000000000000004" + "0000000000000102"
                                + "0000000000000021" + "00000001" + "00".repeat(31) + "01" + "02" + "00".repeat(31));
        assertThat(ours).hasToString(id);
        // As of the name's SHA-256, which everybody can compute.
        assertThat(RepositoryId.of("abc")).hasToString("ba7816bf8f01cfea414140de5dae2223");
        assertThat(LogId.of("abc")).hasToString("ba7816bf8f01cfea");
    }

    @Test
    void markersOfTheReleaseBeforeAreReadAsOfNoLog() {
        FeedFrame read = FeedFrame.fromBytes(HexFormat.of()
                .parseHex("0202" + "0000000000000007" + "0000000000000005" + "01".repeat(16) + "0000000000000004"
                        + "0000000000000102" + "00000001" + "00".repeat(31) + "01" + "02" + "00".repeat(31)));
        assertThat(read).isInstanceOfSatisfying(FeedFrame.Marker.class, marker -> {
            assertThat(marker.log()).isEqualTo(LogId.UNKNOWN);
            assertThat(marker.previousTick()).isEqualTo(4);
            assertThat(marker.learnedAtMillis()).isEqualTo(258);
            assertThat(marker.digests()[0][31]).isEqualTo((byte) 1);
            assertThat(marker.contents()[0][0]).isEqualTo((byte) 2);
        });
        assertThat(LogId.of("ours").takes(LogId.UNKNOWN)).isTrue();
        assertThat(LogId.UNKNOWN.takes(LogId.of("ours"))).isTrue();
        assertThat(LogId.of("ours").takes(LogId.of("theirs"))).isFalse();
    }

    @Test
    void framesOfTheReleaseBeforeThatAreReadAsOfNoRepository() {
        FeedFrame read = FeedFrame.fromBytes(HexFormat.of()
                .parseHex("0101" + "0000000000000007" + "0000000000000005" + "00000003" + "00000001" + "00000002"
                        + "0908"));
        assertThat(read).isInstanceOfSatisfying(FeedFrame.Part.class, part -> {
            assertThat(part.repository()).isEqualTo(RepositoryId.UNKNOWN);
            assertThat(part.incarnation()).isEqualTo(7);
            assertThat(part.tick()).isEqualTo(5);
            assertThat(part.lane()).isEqualTo(3);
            assertThat(part.payload()).containsExactly(9, 8);
        });
    }

    @Test
    void aRepositoryTakesItsOwnFramesAndThoseThatSayNothing() {
        RepositoryId ours = RepositoryId.of("ours");
        RepositoryId theirs = RepositoryId.of("theirs");
        assertThat(ours.takes(ours)).isTrue();
        assertThat(ours.takes(theirs)).isFalse();
        assertThat(ours.takes(RepositoryId.UNKNOWN)).isTrue();
        assertThat(RepositoryId.of("").takes(theirs)).isTrue();
    }

    @Test
    void whatAFrameSaysOfItselfAllocatesNothing() {
        for (int parts : new int[] {FeedLimits.MOST_PARTS + 1, Integer.MAX_VALUE}) {
            byte[] frame = new FeedFrame.Part(1, 1, 0, 0, parts, new byte[1]).toBytes();
            assertThatThrownBy(() -> FeedFrame.fromBytes(frame)).isInstanceOf(HostileFrame.class);
        }
        byte[] lanes = new FeedFrame.Part(1, 1, Integer.MAX_VALUE, 0, 1, new byte[1]).toBytes();
        assertThatThrownBy(() -> FeedFrame.fromBytes(lanes)).isInstanceOf(HostileFrame.class);
        assertThatThrownBy(() -> FeedFrame.fromBytes(new byte[FeedFrame.MOST_BYTES + 1]))
                .isInstanceOf(HostileFrame.class)
                .hasMessageContaining("expected at most");
    }

    @Test
    void aHostileFrameLeavesTheTickUnderWayAsItIs() {
        List<FeedFrame> frames = frames(1, learner, ticks.next());
        long tick = frames.get(0).tick();
        TickAssembler bounded = new TickAssembler(new FeedLimits(RandomTicks.LAYOUT.lanes(), 4, 1 << 20), -1);
        FeedFrame.Part first = (FeedFrame.Part) frames.get(0);
        List<FeedFrame> hostile = List.of(
                new FeedFrame.Part(1, tick, RandomTicks.LAYOUT.lanes(), 0, 1, new byte[1]),
                new FeedFrame.Part(1, tick, 1, 0, 5, new byte[1]),
                new FeedFrame.Part(1, tick, 0, 0, 2, new byte[1]),
                new FeedFrame.Part(1, tick, 0, 0, 1, new byte[first.payload().length]),
                new FeedFrame.Part(1, tick, 1, 0, 1, new byte[2 << 20]),
                marker(tick, 0, RandomTicks.LAYOUT.lanes() + 1));
        bounded.add(first);
        for (FeedFrame one : hostile) {
            assertThatThrownBy(() -> bounded.add(one)).isInstanceOf(HostileFrame.class);
        }
        Optional<FeedTick> whole = Optional.empty();
        for (FeedFrame frame : frames.subList(1, frames.size())) {
            whole = bounded.add(frame);
        }
        assertThat(applier.apply(whole.orElseThrow())).isPresent();
        assertThat(follower.digests()).isDeepEqualTo(learner.digests());
    }

    @Test
    void ticksOfOtherLanesThanTheStoresAreRefused() {
        FeedTick few = new FeedTick(marker(9, 8, 1), new byte[1][0]);
        assertThatThrownBy(() -> applier.apply(few))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the store has 4 lanes");
    }

    /** An item whose row the follower has and the learner is going to write with its next tick. */
    private static long touched(InMemoryStore store, TickChanges next) {
        return next.lanes().stream()
                .flatMap(lane -> lane.rows().stream())
                .map(change -> change.row().item())
                .filter(item -> store.row(item) != null)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aRowAlteredBehindTheStoresBackDivergesAtTheTickThatReplacesIt() {
        follow(frames(1, learner, ticks.next()));
        follow(frames(1, learner, ticks.next()));
        TickChanges next = ticks.next();
        long item = touched(follower, next);
        Objects.requireNonNull(follower.row(item)).row().embedding()[0] += 1;
        List<FeedFrame> frames = frames(1, learner, next);
        String where = "tick " + next.tick() + ", lane " + RandomTicks.LAYOUT.laneOf(item);
        assertThatThrownBy(() -> follow(frames))
                .isInstanceOf(FeedApplier.Diverged.class)
                .message()
                .startsWith(where)
                .containsPattern("the learner's content digest is [0-9a-f]{64}, this store's is [0-9a-f]{64}");
        // The changes themselves were right, and so is what they left: only the digest knows.
        assertThat(follower.digests()).isDeepEqualTo(learner.digests());
        assertThat(follower.stateDigest()).isEqualTo(learner.stateDigest());
        // Nor does it pass when the same tick is sent again.
        assertThatThrownBy(() -> follow(frames))
                .isInstanceOf(FeedApplier.Diverged.class)
                .hasMessageStartingWith(where);
        assertThatThrownBy(follower::verifyContent).hasMessageContaining("damaged");
    }

    @Test
    void contentThatTheLearnerDoesNotHaveIsRefusedWhetherTheTickIsNewOrThereAlready() {
        List<FeedFrame> frames = new ArrayList<>(frames(1, learner, ticks.next()));
        FeedFrame.Marker marker = (FeedFrame.Marker) frames.remove(frames.size() - 1);
        byte[][] contents = marker.contents().clone();
        contents[2] = new byte[32];
        follow(frames);
        FeedFrame.Marker other =
                new FeedFrame.Marker(1, marker.tick(), marker.previousTick(), 123, marker.digests(), contents);
        for (int n = 0; n < 2; n++) {
            assertThatThrownBy(() -> {
                        follow(frames);
                        follow(List.of(other));
                    })
                    .isInstanceOf(FeedApplier.Diverged.class)
                    .hasMessageContaining("lane 2: the learner's content digest is " + "00".repeat(32));
        }
        assertThat(applier.verifiedTicks()).isZero();
    }

    @Test
    void markersOfTheReleaseBeforeHaveNoContents() {
        String digests = "0a".repeat(32) + "0b".repeat(32);
        byte[] old = HexFormat.of()
                .parseHex("0102" + "0000000000000007" + "0000000000000005" + "0000000000000004" + "0000000000000102"
                        + "00000002" + digests);
        assertThat(FeedFrame.fromBytes(old)).isInstanceOfSatisfying(FeedFrame.Marker.class, marker -> {
            assertThat(marker.digests()).hasDimensions(2, 32);
            assertThat(marker.contents()).isEmpty();
            assertThatThrownBy(marker::toBytes).isInstanceOf(IllegalStateException.class);
        });
        byte[] cut = marker(5, 4, 2).toBytes();
        assertThatThrownBy(() -> FeedFrame.fromBytes(Arrays.copyOf(cut, cut.length - 64)))
                .isInstanceOf(HostileFrame.class)
                .hasMessageContaining("2 lanes with 64 bytes");
        assertThatThrownBy(() -> new FeedFrame.Marker(1, 5, 4, 0, new byte[2][32], new byte[1][32]))
                .hasMessageContaining("tick 5");
    }

    @Test
    void aDivergenceNamesTickLaneAndBothDigests() {
        InMemoryStore twin = learner.copy();
        List<FeedFrame> mine = frames(1, learner, ticks.next());
        follow(mine);
        long seed = 12;
        TickChanges other = new RandomTicks(seed).next();
        while (other.tick() != learner.tick()) {
            other = new RandomTicks(++seed).next();
        }
        List<FeedFrame> theirs = frames(2, twin, other);
        assertThatThrownBy(() -> follow(theirs))
                .isInstanceOf(FeedApplier.Diverged.class)
                .message()
                .containsPattern("tick " + learner.tick() + ", lane [0-3]: the learner's digest is [0-9a-f]{64}, this"
                        + " store's would be [0-9a-f]{64}");
    }
}
