package io.freshet.schema;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.RejectedException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads events written as JSON. A field of the wrong type is refused rather than converted: what a lenient reader makes
 * of it (0, the empty string) would be learned from.
 */
final class JsonEvents {
    /** Names are not interned: they come from outside, and the table of interned strings is shared by the process. */
    private final ObjectMapper mapper = new ObjectMapper(JsonFactory.builder()
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(8)
                            .maxStringLength(65_536)
                            .maxNumberLength(64)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** Whether bytes begin as a JSON object does, after any white space. */
    static boolean marks(byte[] value) {
        int first = 0;
        while (first < value.length && value[first] <= ' ' && value[first] >= 0) {
            first++;
        }
        return first < value.length && value[first] == '{';
    }

    BehaviourEvent event(byte[] value) throws IOException, RejectedException {
        JsonNode node = mapper.readTree(value);
        String eventId = required(node, "event_id");
        String action = required(node, "action");
        JsonNode time = node.path("event_time");
        if (!time.isIntegralNumber() || !time.canConvertToLong()) {
            throw wrong("event_time", time, "milliseconds since the epoch as a number");
        }
        return new BehaviourEvent(
                eventId,
                Action.fromWireName(action)
                        .orElseThrow(() -> wrong("action", node.path("action"), "the name of an action")),
                time.longValue(),
                text(node, "user_id"),
                text(node, "session_id"),
                required(node, "item_id"),
                text(node, "request_id"),
                position(node),
                number(node),
                text(node, "currency"),
                context(node.path("context")));
    }

    private static RejectedException wrong(String name, JsonNode found, String expected) {
        return new RejectedException(
                RejectReason.MALFORMED,
                found.isMissingNode()
                        ? "JSON object without the field " + name
                        : name + " is " + found + ": expected " + expected);
    }

    private static String required(JsonNode node, String name) throws RejectedException {
        String text = text(node, name);
        if (text == null) {
            throw wrong(name, node.path(name), "a string");
        }
        return text;
    }

    private static @Nullable String text(JsonNode node, String name) throws RejectedException {
        if (!node.hasNonNull(name)) {
            return null;
        }
        if (!node.get(name).isTextual()) {
            throw wrong(name, node.get(name), "a string");
        }
        return node.get(name).textValue();
    }

    private static @Nullable Integer position(JsonNode node) throws RejectedException {
        if (!node.hasNonNull("position")) {
            return null;
        }
        if (!node.get("position").isInt()) {
            throw wrong("position", node.get("position"), "a 32-bit integer");
        }
        return node.get("position").intValue();
    }

    private static @Nullable Double number(JsonNode node) throws RejectedException {
        if (!node.hasNonNull("value")) {
            return null;
        }
        if (!node.get("value").isNumber()) {
            throw wrong("value", node.get("value"), "a number");
        }
        return node.get("value").doubleValue();
    }

    private static Map<String, String> context(JsonNode node) throws RejectedException {
        if (node.isMissingNode() || node.isNull()) {
            return Map.of();
        }
        if (!node.isObject()) {
            throw wrong("context", node, "an object of strings");
        }
        EventRules.contextSize(node.size());
        Map<String, String> context = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (!entry.getValue().isTextual()) {
                throw wrong("context", entry.getValue(), "an object of strings");
            }
            context.put(entry.getKey(), entry.getValue().textValue());
        }
        return Map.copyOf(context);
    }
}
