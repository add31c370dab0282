package io.freshet.schema;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.schema.Decoded.Accepted;
import io.freshet.schema.Decoded.Rejected;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * Turns a record's bytes into an event or a reason why not. Total: it throws for no input, and what it allocates is
 * bounded by the record's size. Not thread-safe.
 */
public final class EventDecoder {
    /** Largest record that is looked at, bytes. */
    public static final int MAX_BYTES = 1 << 20;

    private static final int MAX_ID = 256;
    private static final long MAX_AHEAD_MILLIS = 3_600_000;

    private final SchemaRegistry registry;
    private final Map<Long, GenericDatumReader<GenericRecord>> byFingerprint = new HashMap<>();
    private final Map<Integer, GenericDatumReader<GenericRecord>> byId = new HashMap<>();
    private final ObjectMapper json = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(8)
                    .maxStringLength(65_536)
                    .maxNumberLength(64)
                    .build())
            .build());

    /** @param registry where the schemas of Confluent-framed records come from */
    public EventDecoder(SchemaRegistry registry) {
        this.registry = registry;
        for (Schema schema : EventSchemas.released()) {
            byFingerprint.put(
                    SchemaNormalization.parsingFingerprint64(schema),
                    new GenericDatumReader<>(schema, EventSchemas.current()));
        }
    }

    /**
     * Decodes and validates.
     *
     * @param recordTimestampMillis the log's timestamp; an event more than an hour ahead of it is rejected
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
            Decoded decoded = detect(value);
            return decoded instanceof Accepted accepted ? validated(accepted, recordTimestampMillis) : decoded;
        } catch (java.io.IOException | RuntimeException e) {
            return new Rejected(
                    RejectReason.MALFORMED,
                    "the record looked right but could not be read: " + e + "; " + start(value));
        }
    }

    private Decoded detect(byte[] value) throws java.io.IOException {
        if (value.length >= 10 && (value[0] & 255) == 0xC3 && value[1] == 1) {
            long fingerprint =
                    ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong(2);
            GenericDatumReader<GenericRecord> reader = byFingerprint.get(fingerprint);
            if (reader == null) {
                return new Rejected(
                        RejectReason.UNKNOWN_SCHEMA,
                        "Avro single object with fingerprint " + Long.toHexString(fingerprint)
                                + ", which is no released version of BehaviourEvent");
            }
            return new Accepted(avro(reader, value, 10), WireFormat.AVRO_SINGLE_OBJECT);
        }
        if (value.length >= 5 && value[0] == 0) {
            int id = ByteBuffer.wrap(value).getInt(1);
            GenericDatumReader<GenericRecord> reader = byId.get(id);
            if (reader == null) {
                Optional<Schema> schema = registry.schema(id);
                if (schema.isEmpty()) {
                    return new Rejected(
                            RejectReason.UNKNOWN_SCHEMA,
                            "Confluent framing with schema id " + id + ", which the registry does not give;"
                                    + " set schema-registry.url");
                }
                reader = new GenericDatumReader<>(schema.get(), EventSchemas.current());
                byId.put(id, reader);
            }
            return new Accepted(avro(reader, value, 5), WireFormat.CONFLUENT);
        }
        int first = 0;
        while (first < value.length && value[first] <= ' ' && value[first] >= 0) {
            first++;
        }
        if (first < value.length && value[first] == '{') {
            return json(value);
        }
        return new Rejected(
                RejectReason.UNKNOWN_FORMAT,
                "neither Avro single object (C3 01), Confluent framing (00) nor a JSON object; " + start(value));
    }

    private static String start(byte[] value) {
        return "first bytes " + HexFormat.ofDelimiter(" ").formatHex(value, 0, Math.min(16, value.length));
    }

    private static BehaviourEvent avro(GenericDatumReader<GenericRecord> reader, byte[] value, int from)
            throws java.io.IOException {
        GenericRecord record =
                reader.read(null, DecoderFactory.get().binaryDecoder(value, from, value.length - from, null));
        Map<String, String> context = new HashMap<>();
        ((Map<?, ?>) record.get("context")).forEach((k, v) -> context.put(k.toString(), v.toString()));
        return new BehaviourEvent(
                record.get("event_id").toString(),
                Action.fromWireName(record.get("action").toString()).orElse(Action.OTHER),
                (Long) record.get("event_time"),
                text(record.get("user_id")),
                text(record.get("session_id")),
                record.get("item_id").toString(),
                text(record.get("request_id")),
                (Integer) record.get("position"),
                (Double) record.get("value"),
                text(record.get("currency")),
                Map.copyOf(context));
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    private Decoded json(byte[] value) throws java.io.IOException {
        JsonNode node = json.readTree(value);
        for (String name : new String[] {"event_id", "action", "event_time", "item_id"}) {
            if (!node.hasNonNull(name)) {
                return new Rejected(RejectReason.MALFORMED, "JSON object without the field " + name);
            }
        }
        Optional<Action> action = Action.fromWireName(node.get("action").asText());
        if (action.isEmpty()) {
            return new Rejected(RejectReason.MALFORMED, "unknown action " + node.get("action"));
        }
        if (!node.get("event_time").isIntegralNumber()) {
            return new Rejected(
                    RejectReason.MALFORMED, "event_time " + node.get("event_time") + ": expected ms as a number");
        }
        Map<String, String> context = new HashMap<>();
        if (node.hasNonNull("context")) {
            node.get("context")
                    .properties()
                    .forEach(e -> context.put(e.getKey(), e.getValue().asText()));
        }
        return new Accepted(
                new BehaviourEvent(
                        node.get("event_id").asText(),
                        action.get(),
                        node.get("event_time").asLong(),
                        jsonText(node, "user_id"),
                        jsonText(node, "session_id"),
                        node.get("item_id").asText(),
                        jsonText(node, "request_id"),
                        node.hasNonNull("position") ? node.get("position").asInt() : null,
                        node.hasNonNull("value") ? node.get("value").asDouble() : null,
                        jsonText(node, "currency"),
                        Map.copyOf(context)),
                WireFormat.JSON);
    }

    private static @Nullable String jsonText(JsonNode node, String name) {
        return node.hasNonNull(name) ? node.get(name).asText() : null;
    }

    private static Decoded validated(Accepted accepted, long recordTimestampMillis) {
        BehaviourEvent event = accepted.event();
        for (String id : new String[] {event.eventId(), event.itemId(), event.subject()}) {
            if (id.isEmpty() || id.length() > MAX_ID || id.chars().anyMatch(Character::isISOControl)) {
                return new Rejected(
                        RejectReason.INVALID_ID,
                        "an id of " + id.length() + " characters: expected 1 to " + MAX_ID
                                + " without control characters");
            }
        }
        if (event.value() != null && !Float.isFinite(event.value().floatValue())) {
            return new Rejected(RejectReason.INVALID_VALUE, "value " + event.value() + ": expected a finite number");
        }
        long ahead = event.eventTimeMillis() - recordTimestampMillis;
        if (event.eventTimeMillis() < 0 || (recordTimestampMillis >= 0 && ahead > MAX_AHEAD_MILLIS)) {
            return new Rejected(
                    RejectReason.INVALID_TIME,
                    "event_time " + event.eventTimeMillis() + " against the log's " + recordTimestampMillis
                            + ": expected at least 0 and at most an hour ahead");
        }
        return accepted;
    }
}
