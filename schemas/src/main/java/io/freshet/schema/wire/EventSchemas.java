package io.freshet.schema.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.Schema;

/** All released versions of the schemas of what crosses the engine's edge; the last one of each is current. */
public final class EventSchemas {
    /** A record type with a history of schemas; the files {@code schemas/<directory>/<version>.avsc} never change. */
    public enum Type {
        BEHAVIOUR_EVENT("behaviour-event"),
        ITEM_PROFILE("item-profile");

        private final String directory;

        Type(String directory) {
            this.directory = directory;
        }

        /** Directory of its versions, below {@code schemas} on the class path. */
        public String directory() {
            return directory;
        }
    }

    private static final Map<Type, List<Schema>> RELEASED = load();

    private EventSchemas() {}

    /** The behaviour event's schema that this release writes and reads. */
    public static Schema current() {
        return current(Type.BEHAVIOUR_EVENT);
    }

    /** All released versions of the behaviour event's schema, oldest first. */
    public static List<Schema> released() {
        return released(Type.BEHAVIOUR_EVENT);
    }

    /** The schema that this release writes and reads. */
    public static Schema current(Type type) {
        List<Schema> versions = released(type);
        return versions.get(versions.size() - 1);
    }

    /** All released versions, oldest first. */
    public static List<Schema> released(Type type) {
        return Objects.requireNonNull(RELEASED.get(type));
    }

    private static Map<Type, List<Schema>> load() {
        Map<Type, List<Schema>> released = new EnumMap<>(Type.class);
        for (Type type : Type.values()) {
            released.put(type, history(type));
        }
        return released;
    }

    private static List<Schema> history(Type type) {
        List<Schema> versions = new ArrayList<>();
        while (true) {
            String name = "/schemas/" + type.directory() + "/" + (versions.size() + 1) + ".avsc";
            try (InputStream in = EventSchemas.class.getResourceAsStream(name)) {
                if (in != null) {
                    versions.add(new Schema.Parser().parse(in));
                } else if (versions.isEmpty()) {
                    throw new IllegalStateException("the class path lacks " + name);
                } else {
                    return List.copyOf(versions);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(name, e);
            }
        }
    }
}
