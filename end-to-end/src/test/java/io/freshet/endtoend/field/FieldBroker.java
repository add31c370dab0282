package io.freshet.endtoend.field;

import io.freshet.local.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One broker for all tests of the package; each test, or class that asks before all, gets a {@link Field} on it. */
final class FieldBroker implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(FieldBroker.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Field.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Shared shared = context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(Shared.class, key -> Shared.start(), Shared.class);
        try {
            Field field = new Field(shared.broker.bootstrapServers(), "f" + shared.fields.incrementAndGet());
            context.getStore(NAMESPACE).put(field, field);
            return field;
        } catch (Exception e) {
            throw new ParameterResolutionException("no field: " + e.getMessage(), e);
        }
    }

    /** The broker, from the first test to the last. */
    private record Shared(Path directory, EmbeddedBroker broker, AtomicInteger fields) implements AutoCloseable {
        static Shared start() {
            try {
                Path directory = Files.createTempDirectory("freshet-field-kafka-");
                return new Shared(directory, EmbeddedBroker.start(directory, 0), new AtomicInteger());
            } catch (Exception e) {
                throw new ParameterResolutionException("the broker did not start: " + e.getMessage(), e);
            }
        }

        @Override
        public void close() throws IOException {
            broker.close();
            Field.delete(directory);
        }
    }
}
