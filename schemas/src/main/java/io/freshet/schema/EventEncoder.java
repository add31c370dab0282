package io.freshet.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** Writes events in the three wire formats. Not thread-safe. */
public final class EventEncoder {
    private final Schema schema = EventSchemas.current();
    private final GenericDatumWriter<GenericRecord> writer = new GenericDatumWriter<>(schema);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ObjectMapper json = new ObjectMapper();
    private final byte[] header;

    public EventEncoder() {
        header = ByteBuffer.allocate(10)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0xC3)
                .put((byte) 0x01)
                .putLong(SchemaNormalization.parsingFingerprint64(schema))
                .array();
    }

    /** Avro single-object encoding. */
    public byte[] toAvroSingleObject(BehaviourEvent event) {
        return encode(header, event);
    }

    /** Confluent framing with a registry's schema id. */
    public byte[] toConfluent(BehaviourEvent event, int schemaId) {
        return encode(ByteBuffer.allocate(5).put((byte) 0).putInt(schemaId).array(), event);
    }

    private byte[] encode(byte[] head, BehaviourEvent event) {
        try {
            bytes.reset();
            bytes.write(head);
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
            writer.write(record(event), encoder);
            encoder.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

    private static void putText(ObjectNode node, String name, @org.jspecify.annotations.Nullable String value) {
        if (value != null) {
            node.put(name, value);
        }
    }
}
