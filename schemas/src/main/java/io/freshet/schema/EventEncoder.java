package io.freshet.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.schema.wire.EventSchemas;
import io.freshet.schema.wire.SingleObjectCodec;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** Writes events in the three wire formats. Not thread-safe. */
public final class EventEncoder {
    private final SingleObjectCodec codec = new SingleObjectCodec(EventSchemas.Type.BEHAVIOUR_EVENT);
    private final Schema schema = codec.schema();
    private final ObjectMapper json = new ObjectMapper();

    /** Avro single-object encoding. */
    public byte[] toAvroSingleObject(BehaviourEvent event) {
        return codec.encode(record(event));
    }

    /** Confluent framing with a registry's schema id. */
    public byte[] toConfluent(BehaviourEvent event, int schemaId) {
        byte[] header = ByteBuffer.allocate(5).put((byte) 0).putInt(schemaId).array();
        return codec.encode(header, record(event));
    }

    private GenericRecord record(BehaviourEvent event) {
        GenericRecord record = new GenericData.Record(schema);
        record.put("event_id", event.eventId());
        record.put(
                "action",
                new GenericData.EnumSymbol(
                        schema.getField("action").schema(), event.action().wireName()));
        record.put("event_time", event.eventTimeMillis());
        record.put("user_id", event.userId());
        record.put("session_id", event.sessionId());
        record.put("item_id", event.itemId());
        record.put("request_id", event.requestId());
        record.put("position", event.position());
        record.put("value", event.value());
        record.put("currency", event.currency());
        record.put("context", event.context());
        return record;
    }

    /** A JSON object with the schema's field names; absent fields are left out. */
    public byte[] toJson(BehaviourEvent event) {
        ObjectNode node = json.createObjectNode();
        node.put("event_id", event.eventId());
        node.put("action", event.action().wireName());
        node.put("event_time", event.eventTimeMillis());
        node.put("item_id", event.itemId());
        putText(node, "user_id", event.userId());
        putText(node, "session_id", event.sessionId());
        putText(node, "request_id", event.requestId());
        putText(node, "currency", event.currency());
        if (event.position() != null) {
            node.put("position", event.position());
        }
        if (event.value() != null) {
            node.put("value", event.value());
        }
        event.context().forEach((key, value) -> node.withObject("context").put(key, value));
        try {
            return json.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void putText(ObjectNode node, String name, @Nullable String value) {
        if (value != null) {
            node.put(name, value);
        }
    }
}
