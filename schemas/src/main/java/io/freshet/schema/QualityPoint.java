package io.freshet.schema;

import io.freshet.schema.wire.EventSchemas;
import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.RejectedException;
import io.freshet.schema.wire.SingleObjectCodec;
import io.freshet.schema.wire.WireText;
import java.util.Locale;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * A test-then-train metric after a tick, of the model or of a baseline that ranked the same events. Without events
 * there is nothing to measure and no point.
 *
 * <p>The constructor throws {@link IllegalArgumentException} for an invalid point, so that every instance is valid.
 *
 * @param tick tick after which it was read
 * @param metric name of the metric, such as {@code hit_ratio_at_10}
 * @param baseline whose value it is: a baseline's, or null for the model's
 * @param window over which events
 * @param value finite
 * @param events events that the value was measured on, at least one
 */
public record QualityPoint(
        long tick, String metric, @Nullable String baseline, Window window, double value, long events) {
    /** Over which events a metric was measured. */
    public enum Window {
        /** All since the start. */
        ALL,
        /** The most recent ones. */
        RECENT
    }

    private static final SingleObjectCodec CODEC = new SingleObjectCodec(EventSchemas.Type.QUALITY_POINT);

    public QualityPoint {
        WireText.requireId("metric", metric);
        if (baseline != null) {
            WireText.requireId("baseline", baseline);
        }
        if (tick < 0 || events < 1 || !Double.isFinite(value)) {
            throw new IllegalArgumentException("tick " + tick + ", " + events + " events, value " + value
                    + ": expected a tick of at least 0, at least one event and a finite value");
        }
    }

    /** Avro single-object encoding with the current schema. */
    public byte[] encode() {
        GenericRecord record = new GenericData.Record(CODEC.schema());
        record.put("tick", tick);
        record.put("metric", metric);
        record.put("baseline", baseline);
        record.put(
                "window",
                new GenericData.EnumSymbol(
                        CODEC.schema().getField("window").schema(),
                        window.name().toLowerCase(Locale.ROOT)));
        record.put("value", value);
        record.put("events", events);
        return CODEC.encode(record);
    }

    /** Reads a point that was written with any released schema. */
    public static QualityPoint decode(byte[] value) throws RejectedException {
        GenericRecord record = CODEC.decode(value);
        String metric = WireText.of(record.get("metric"));
        String baseline = WireText.ofNullable(record.get("baseline"));
        try {
            return new QualityPoint(
                    (Long) record.get("tick"),
                    metric,
                    baseline,
                    Window.valueOf(record.get("window").toString().toUpperCase(Locale.ROOT)),
                    (Double) record.get("value"),
                    (Long) record.get("events"));
        } catch (IllegalArgumentException e) {
            throw new RejectedException(RejectReason.INVALID_VALUE, String.valueOf(e.getMessage()));
        }
    }
}
