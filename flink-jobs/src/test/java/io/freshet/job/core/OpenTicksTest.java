package io.freshet.job.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.records.TickedEvent;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a checkpoint holds of open ticks: all of it comes back, and nothing comes of an entry that is not whole. */
class OpenTicksTest {
    private static OpenTicks planted() {
        OpenTicks open = new OpenTicks();
        open.add(CoreRig.click(4, 0, 12, 1, 1));
        open.add(CoreRig.withoutEvent(4, 1, 3));
        open.add(CoreRig.click(5, 0, 13, 2, 1));
        open.add(TickedEvent.note(5, 1, 9, 77, "gap of offsets 4 to 9"));
        return open;
    }

    private static byte[] entry() {
        return planted().toEntry("repository-1", "learner-000001-checkpoint-000002");
    }

    private static String text(TickedEvent event) {
        return String.join(
                " ",
                List.of(
                        "" + event.tick,
                        "" + event.partition,
                        "" + event.offset,
                        "" + event.event,
                        "" + event.user,
                        event.subject,
                        "" + event.item,
                        event.itemName,
                        "" + event.action,
                        "" + event.eventTimeMillis,
                        "" + event.value,
                        "" + event.eventId));
    }

    @Test
    void whatWasHeldComesBack() {
        OpenTicks back = new OpenTicks();
        OpenTicks.Origin origin = back.addEntry(entry(), event -> true);
        assertThat(origin).isEqualTo(new OpenTicks.Origin("repository-1", "learner-000001-checkpoint-000002"));
        OpenTicks whole = planted();
        assertThat(back.records()).isEqualTo(4);
        assertThat(back.closedBy(CoreRig.end(5), CoreRig.TICK_MILLIS))
                .isEqualTo(Map.of(4L, Map.of(0, 12L, 1, 3L), 5L, Map.of(0, 13L, 1, 9L)));
        for (long tick = 4; tick <= 5; tick++) {
            assertThat(back.remove(tick).stream().map(OpenTicksTest::text))
                    .containsExactlyElementsOf(
                            whole.remove(tick).stream().map(OpenTicksTest::text).toList());
        }
        assertThat(back.records()).isZero();
    }

    @Test
    void aLearnerTakesItsOwnEventsOfEveryEntry() {
        OpenTicks back = new OpenTicks();
        back.addEntry(entry(), event -> event.partition == 1);
        assertThat(back.records()).isEqualTo(2);
        back.addEntry(entry(), event -> event.partition == 0);
        assertThat(back.records()).isEqualTo(4);
    }

    @Test
    void eventsOfAFormerLogAreKeptBeforeTheNewOnesAndSayNothingOfItsOffsets() {
        OpenTicks open = planted();
        open.beginLog();
        open.beginLog();
        open.add(CoreRig.withoutEvent(5, 0, 0));
        assertThat(open.closedBy(CoreRig.end(5), CoreRig.TICK_MILLIS))
                .isEqualTo(Map.of(4L, Map.of(), 5L, Map.of(0, 0L)));
        assertThat(open.remove(4).stream().map(event -> event.offset - Long.MIN_VALUE))
                .containsExactly(12L, 3L);
    }

    @Test
    void anEntryOfTheReleaseBeforeIsRefusedByItsFormat() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF("learner-000001-checkpoint-000004");
            out.writeInt(0);
        }
        assertThatThrownBy(() -> new OpenTicks().addEntry(bytes.toByteArray(), event -> true))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("format 1, this release reads format 2")
                .hasMessageContaining("start without it");
    }

    @Test
    void anEntryOfALaterReleaseIsRefusedByItsFormat() {
        byte[] later = entry();
        ByteBuffer.wrap(later).putInt(4, 9);
        assertThatThrownBy(() -> new OpenTicks().addEntry(later, event -> true))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("format 9, this release reads format 2");
    }

    @Test
    void noEntryThatIsCutShortOrLongerIsTaken() {
        byte[] whole = entry();
        for (int length = 0; length < whole.length; length++) {
            requireRefused(Arrays.copyOf(whole, length));
        }
        requireRefused(Arrays.copyOf(whole, whole.length + 1));
        requireRefused(Arrays.copyOf(whole, whole.length + 4));
    }

    @Test
    void noByteOfAnEntryMayChange() {
        Random random = new Random(7);
        byte[] whole = entry();
        for (int at = 0; at < whole.length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 + random.nextInt(255));
            requireRefused(damaged);
        }
    }

    private static void requireRefused(byte[] entry) {
        OpenTicks open = new OpenTicks();
        assertThatThrownBy(() -> open.addEntry(entry, event -> true)).isInstanceOf(PermanentFailure.class);
        assertThat(open.records()).as("nothing of it is taken").isZero();
        assertThatCode(() -> open.addEntry(entry(), event -> true)).doesNotThrowAnyException();
    }
}
