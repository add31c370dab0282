package io.freshet.train.tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.model.CounterRandom;
import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a lane brings to a tick survives the way to the other learners. */
class LaneEventsTest {
    private static final String[] NAMES = {
        "", "a", "Größe 42", "\u0000", "日本語", "🛒 cart", "a\nb\t\"c\"", "x".repeat(900)
    };

    private static String name(SplittableRandom random) {
        return NAMES[random.nextInt(NAMES.length)] + random.nextInt(100);
    }

    private static Interaction interaction(SplittableRandom random) {
        float[] values = {0f, -1.5f, Float.MAX_VALUE, random.nextInt(100) / 8f};
        return new Interaction(
                random.nextLong(),
                (byte) random.nextInt(32),
                random.nextLong(),
                values[random.nextInt(values.length)],
                random.nextLong());
    }

    private static UserTick user(SplittableRandom random, int lane) {
        long user = random.nextLong();
        String subject = name(random);
        List<Interaction> history = new ArrayList<>();
        for (int i = random.nextInt(60); i > 0; i--) {
            history.add(interaction(random));
        }
        UserTick tick = new UserTick(user, subject, lane, history);
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
            Interaction token = interaction(random);
            tick.accept(new LogEvent(
                    random.nextInt(),
                    random.nextLong(),
                    user,
                    subject,
                    token.item(),
                    name(random),
                    token.action(),
                    token.eventTimeMillis(),
                    token.value(),
                    token.eventId()));
        }
        return tick;
    }

    private static LaneEvents lane(SplittableRandom random, int lane) {
        List<UserTick> users = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            users.add(user(random, lane));
        }
        List<RefusedEvent> refused = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            refused.add(new RefusedEvent(random.nextInt(), random.nextLong(), name(random), name(random)));
        }
        return new LaneEvents(lane, users, random.nextLong(), random.nextLong(), refused);
    }

    /** Everything comes back but the older part of histories, of which only the last {@code context} are needed. */
    @Test
    void itIsReadAsItWasWritten() {
        for (int seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            LaneEvents written = lane(random, seed % 8);
            int context = random.nextInt(70);
            LaneEvents read = LaneEvents.fromBytes(seed % 8, written.toBytes(context));
            assertThat(read.lane()).isEqualTo(written.lane());
            assertThat(read.duplicates()).isEqualTo(written.duplicates());
            assertThat(read.conflicts()).isEqualTo(written.conflicts());
            assertThat(read.refused()).isEqualTo(written.refused());
            assertThat(read.users()).hasSameSizeAs(written.users());
            for (int u = 0; u < read.users().size(); u++) {
                UserTick there = read.users().get(u);
                UserTick here = written.users().get(u);
                assertThat(there.user()).isEqualTo(here.user());
                assertThat(there.subject()).isEqualTo(here.subject());
                assertThat(there.lane()).isEqualTo(here.lane());
                assertThat(there.events()).isEqualTo(here.events());
                assertThat(there.firstNew()).isEqualTo(Math.min(context, here.firstNew()));
                int cut = here.firstNew() - there.firstNew();
                assertThat(there.tokens())
                        .isEqualTo(here.tokens().subList(cut, here.tokens().size()));
                assertThat(there.appended()).isEqualTo(here.appended());
            }
        }
    }

    /** Two learners that read the same bytes are at the same place: writing is a function of the content. */
    @Test
    void theSameContentGivesTheSameBytes() {
        for (int seed = 0; seed < 50; seed++) {
            byte[] once = lane(new SplittableRandom(seed), 3).toBytes(20);
            byte[] twice = lane(new SplittableRandom(seed), 3).toBytes(20);
            assertThat(twice).isEqualTo(once);
            assertThat(LaneEvents.fromBytes(3, once).toBytes(20)).isEqualTo(once);
        }
    }

    @Test
    void bytesThatAreCutShortAreAnErrorThatNamesTheLane() {
        LaneEvents written = lane(new SplittableRandom(4), 5);
        assertThat(written.users()).isNotEmpty();
        byte[] bytes = written.toBytes(10);
        for (int length = 0; length < bytes.length; length += 1 + bytes.length / 200) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> LaneEvents.fromBytes(5, cut))
                    .as("%d of %d bytes", length, bytes.length)
                    .isInstanceOf(RuntimeException.class);
        }
        assertThatThrownBy(() -> LaneEvents.fromBytes(5, Arrays.copyOf(bytes, 11)))
                .hasMessageContaining("lane 5");
    }

    @Test
    void aUserWithoutSomeEventsIsAUserWhoNeverHadThem() {
        SplittableRandom random = new SplittableRandom(8);
        for (int i = 0; i < 100; i++) {
            UserTick user = user(random, 1);
            List<LogEvent> refused = user.events().stream()
                    .filter(event -> (CounterRandom.mix(1, event.offset()) & 1) == 0)
                    .toList();
            UserTick expected =
                    new UserTick(user.user(), user.subject(), 1, user.tokens().subList(0, user.firstNew()));
            user.events().stream().filter(event -> !refused.contains(event)).forEach(expected::accept);
            UserTick rest = user.without(new HashSet<>(refused));
            assertThat(rest.tokens()).isEqualTo(expected.tokens());
            assertThat(rest.events()).isEqualTo(expected.events());
            assertThat(rest.firstNew()).isEqualTo(user.firstNew());
        }
    }
}
