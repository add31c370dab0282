package io.freshet.job.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.job.records.LogElement;
import io.freshet.job.records.RawRecord;
import io.freshet.job.records.RejectedRecord;
import io.freshet.job.records.TickedEvent;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** The source's elements, taken apart in Flink's harness: in order, each to where it belongs. */
@SuppressWarnings("try") // The harness throws anything when it is closed.
class TickMarksTest {
    private static TickedEvent event(long offset) {
        RawRecord record = new RawRecord();
        record.offset = offset;
        return TickedEvent.withoutEvent(3, record);
    }

    private static long offset(Object record) {
        return ((TickedEvent) ((StreamRecord<?>) record).getValue()).offset;
    }

    @Test
    void eventsAndWatermarksGoOnInOrderAndRejectedRecordsAside() throws Exception {
        try (OneInputStreamOperatorTestHarness<LogElement, TickedEvent> harness =
                new OneInputStreamOperatorTestHarness<>(new TickMarks())) {
            harness.open();
            RejectedRecord rejected = new RejectedRecord();
            rejected.offset = 2;
            TickedEvent first = event(1);
            TickedEvent second = event(3);
            harness.processElement(new StreamRecord<>(LogElement.of(first)));
            harness.processElement(new StreamRecord<>(LogElement.of(rejected)));
            harness.processElement(new StreamRecord<>(LogElement.watermark(399)));
            harness.processElement(new StreamRecord<>(LogElement.of(second)));
            List<Object> out = new ArrayList<>(harness.getOutput());
            assertThat(out).hasSize(3);
            assertThat(offset(out.get(0))).isEqualTo(first.offset);
            assertThat(out.get(1)).isEqualTo(new Watermark(399));
            assertThat(offset(out.get(2))).isEqualTo(second.offset);
            assertThat(harness.getSideOutput(TickMarks.REJECTED))
                    .extracting(record -> record.getValue().offset)
                    .containsExactly(rejected.offset);
        }
    }

    @Test
    void flinksOwnWatermarksMeanNothingButTheLast() throws Exception {
        try (OneInputStreamOperatorTestHarness<LogElement, TickedEvent> harness =
                new OneInputStreamOperatorTestHarness<>(new TickMarks())) {
            harness.open();
            harness.processWatermark(5000);
            assertThat(harness.getOutput()).isEmpty();
            harness.processWatermark(Watermark.MAX_WATERMARK);
            assertThat(harness.getOutput()).containsExactly(Watermark.MAX_WATERMARK);
        }
    }
}
