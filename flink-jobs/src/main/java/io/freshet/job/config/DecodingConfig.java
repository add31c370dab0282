package io.freshet.job.config;

import io.freshet.job.records.BadRecords;
import io.freshet.schema.registry.HttpSchemaRegistry;
import io.freshet.schema.registry.SchemaRegistry;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;

/**
 * How records become events, and what becomes of those that do not.
 *
 * @param registryUrl address of the schema registry for records in Confluent's framing; empty for none
 * @param registryCache directory for its schemas
 * @param badRecords what happens to records that are not events
 * @param deadLetterBytes most bytes of a record that the dead letters take
 */
public record DecodingConfig(String registryUrl, String registryCache, BadRecords badRecords, int deadLetterBytes)
        implements Serializable {
    public DecodingConfig {
        ConfigKey.check(deadLetterBytes >= 0, "bad-records-max-bytes", deadLetterBytes, "a number of bytes");
    }

    /** The registry, or one that knows nothing. */
    public SchemaRegistry registry() {
        return registryUrl.isBlank()
                ? SchemaRegistry.none()
                : HttpSchemaRegistry.of(URI.create(registryUrl), Path.of(registryCache));
    }
}
