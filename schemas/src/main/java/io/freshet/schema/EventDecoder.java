package io.freshet.schema;

import io.freshet.schema.Decoded.Accepted;
import io.freshet.schema.Decoded.Rejected;
import io.freshet.schema.registry.SchemaRegistry;
import io.freshet.schema.wire.EventSchemas;
import io.freshet.schema.wire.RegisteredSchemas;
import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.RejectedException;
import io.freshet.schema.wire.SingleObjectCodec;
import io.freshet.schema.wire.WireFormat;
import io.freshet.schema.wire.WireText;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Turns a record's bytes into an event or a reason why not. Total: it throws for no input, and what it allocates is
 * bounded by the record's size. Not thread-safe.
 */
public final class EventDecoder {
    /** Largest record that is looked at, bytes. */
    public static final int MAX_BYTES = 1 << 20;

    private final SingleObjectCodec released = new SingleObjectCodec(EventSchemas.Type.BEHAVIOUR_EVENT);
    private final RegisteredSchemas registered;
    private final JsonEvents json = new JsonEvents();

    /** @param registry where the schemas of Confluent-framed records come from */
    public EventDecoder(SchemaRegistry registry) {
        registered = new RegisteredSchemas(registry);
    }

    /**
     * Decodes and validates.
     *
     * @param recordTimestampMillis the log's timestamp, negative if the record has none; an event more than an hour
     *     ahead of it is rejected
     */
    public Decoded decode(byte @Nullable [] value, long recordTimestampMillis) {
        if (value == null) {
            return new Rejected(RejectReason.NULL_VALUE, "the record has no value; events are never tombstones");
        }
        if (value.length > MAX_BYTES) {
            return new Rejected(
                    RejectReason.MALFORMED,
                    "the record has " + value.length + " bytes, at most " + MAX_BYTES + " are read");
        }
        try {
            Accepted accepted = read(value);
            EventRules.check(accepted.event(), recordTimestampMillis);
            return accepted;
        } catch (RejectedException e) {
            return new Rejected(e.reason(), String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException | StackOverflowError e) {
            return new Rejected(
                    RejectReason.MALFORMED,
                    "the record looked right but could not be read: " + e + "; " + SingleObjectCodec.start(value));
        }
    }

    private Accepted read(byte[] value) throws IOException, RejectedException {
        if (SingleObjectCodec.marks(value)) {
            return new Accepted(event(released.decode(value)), WireFormat.AVRO_SINGLE_OBJECT);
        }
        if (RegisteredSchemas.marks(value)) {
            return new Accepted(event(registered.decode(value)), WireFormat.CONFLUENT);
        }
        if (JsonEvents.marks(value)) {
            return new Accepted(json.event(value), WireFormat.JSON);
        }
        throw new RejectedException(
                RejectReason.UNKNOWN_FORMAT,
                "neither Avro single object (C3 01), Confluent framing (00) nor a JSON object; "
                        + SingleObjectCodec.start(value));
    }

    private static BehaviourEvent event(GenericRecord record) throws RejectedException {
        Map<?, ?> entries = (Map<?, ?>) record.get("context");
        EventRules.contextSize(entries.size());
        Map<String, String> context = new HashMap<>();
        for (Map.Entry<?, ?> entry : entries.entrySet()) {
            context.put(WireText.of(entry.getKey()), WireText.of(entry.getValue()));
        }
        return new BehaviourEvent(
                WireText.of(record.get("event_id")),
                Action.fromWireName(record.get("action").toString()).orElse(Action.OTHER),
                (Long) record.get("event_time"),
                WireText.ofNullable(record.get("user_id")),
                WireText.ofNullable(record.get("session_id")),
                WireText.of(record.get("item_id")),
                WireText.ofNullable(record.get("request_id")),
                (Integer) record.get("position"),
                (Double) record.get("value"),
                WireText.ofNullable(record.get("currency")),
                Map.copyOf(context));
    }
}
