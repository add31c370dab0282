package io.freshet.job.source;

import io.freshet.job.records.LogElement;
import io.freshet.job.records.RejectedRecord;
import io.freshet.job.records.TickedEvent;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/** Takes the source's elements apart: events go on, watermarks become Flink's, rejected records a side output. */
public final class TickMarks extends AbstractStreamOperator<TickedEvent>
        implements OneInputStreamOperator<LogElement, TickedEvent> {
    private static final long serialVersionUID = 1;

    /** Records that are not events. */
    public static final OutputTag<RejectedRecord> REJECTED = new OutputTag<>("rejected") {};

    @Override
    public void processElement(StreamRecord<LogElement> element) {
        LogElement one = element.getValue();
        if (one.event != null) {
            output.collect(new StreamRecord<>(one.event));
        } else if (one.rejected != null) {
            output.collect(REJECTED, new StreamRecord<>(one.rejected));
        } else {
            output.emitWatermark(new Watermark(one.watermark));
        }
    }

    /** The source's own watermarks mean nothing here, but the last one ends the log. */
    @Override
    public void processWatermark(Watermark mark) {
        if (mark.getTimestamp() == Long.MAX_VALUE) {
            output.emitWatermark(mark);
        }
    }
}
