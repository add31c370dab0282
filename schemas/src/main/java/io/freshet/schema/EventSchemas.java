package io.freshet.schema;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;

/** All released versions of the behaviour event's schema; the last one is current. */
public final class EventSchemas {
    private static final int VERSIONS = 1;
    private static final List<Schema> BEHAVIOUR = load();

    private EventSchemas() {}

    /** The schema that this release writes and reads. */
    public static Schema current() {
        return BEHAVIOUR.get(BEHAVIOUR.size() - 1);
    }

    /** All released versions, oldest first. */
    public static List<Schema> released() {
        return BEHAVIOUR;
    }

    private static List<Schema> load() {
        List<Schema> schemas = new ArrayList<>();
        for (int version = 1; version <= VERSIONS; version++) {
            String name = "/schemas/behaviour-event/" + version + ".avsc";
            try (InputStream in = EventSchemas.class.getResourceAsStream(name)) {
                if (in == null) {
                    throw new IllegalStateException("the class path lacks " + name);
                }
                schemas.add(new Schema.Parser().parse(in));
            } catch (IOException e) {
                throw new UncheckedIOException(name, e);
            }
        }
        return List.copyOf(schemas);
    }
}
