package io.freshet.schema.wire;

import io.freshet.schema.registry.SchemaRegistry;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** Reads events in Confluent's framing, with the writer's schema from a registry. Not thread-safe. */
public final class RegisteredSchemas {
    private static final int HEADER = 5;
    private static final int MAX_KEPT = 256;

    /** A schema's reader, or why there can be none. */
    private record Source(@Nullable GenericDatumReader<GenericRecord> reader, String problem) {}

    private final SchemaRegistry registry;
    /** The ids used last; ids come from records and are not trusted to be few. */
    private final Map<Integer, Source> sources = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Source> eldest) {
            return size() > MAX_KEPT;
        }
    };

    /** @param registry gives the writers' schemas */
    public RegisteredSchemas(SchemaRegistry registry) {
        this.registry = registry;
    }

    /** Whether bytes begin as this framing does. */
    public static boolean marks(byte[] value) {
        return value.length >= HEADER && value[0] == 0;
    }

    /**
     * Reads an event behind its frame.
     *
     * @throws RejectedException if its schema cannot be had or is no event's, or the bytes are not of it
     */
    public GenericRecord decode(byte[] value) throws RejectedException {
        int id = ByteBuffer.wrap(value).getInt(1);
        Source source = sources.get(id);
        if (source == null) {
            Optional<Schema> schema = registry.schema(id);
            if (schema.isEmpty()) {
                throw unknown(id, registry.problem(id));
            }
            source = source(schema.get());
            sources.put(id, source);
        }
        if (source.reader() == null) {
            throw unknown(id, source.problem());
        }
        return SingleObjectCodec.read(source.reader(), value, HEADER);
    }

    private static RejectedException unknown(int id, String problem) {
        return new RejectedException(
                RejectReason.UNKNOWN_SCHEMA, "Confluent framing with schema id " + id + ": " + problem);
    }

    private static Source source(Schema writer) {
        Schema reader = EventSchemas.current();
        try {
            if (SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                            .getType()
                    == SchemaCompatibilityType.COMPATIBLE) {
                return new Source(new GenericDatumReader<>(writer, reader), "");
            }
        } catch (RuntimeException | StackOverflowError e) {
            return new Source(null, "its schema cannot be compared with BehaviourEvent: " + e);
        }
        return new Source(null, "its schema " + writer.getFullName() + " cannot be read as BehaviourEvent");
    }
}
