package io.freshet.schema.registry;

import java.util.Optional;
import org.apache.avro.Schema;

/** Finds the schema that a Confluent-framed record was written with. */
@FunctionalInterface
public interface SchemaRegistry {
    /** The schema of an id; empty if there is none or none can be had. Never throws. */
    Optional<Schema> schema(int id);

    /** For a person: why {@link #schema} has just been empty for an id, and what to do. */
    default String problem(int id) {
        return "the registry does not give it; set schema-registry.url";
    }

    /** Whether an empty answer means that there is no such schema; if not, nobody could be asked. */
    default boolean isReachable() {
        return true;
    }

    /** Knows no schema: Confluent-framed records are rejected with a note on what to configure. */
    static SchemaRegistry none() {
        return id -> Optional.empty();
    }
}
