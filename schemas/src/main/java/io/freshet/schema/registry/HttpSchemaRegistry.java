package io.freshet.schema.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.avro.Schema;
import org.apache.commons.codec.digest.MurmurHash3;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A schema registry with Confluent's HTTP interface. A schema that was once given is kept in memory and on disk, since
 * an id's schema never changes.
 *
 * <p>Ids come from records that nobody vouches for. An id without a schema is asked for again only after a pause, at
 * most so many ids are asked for in vain within a pause, and while the registry is away nothing is asked for at all:
 * bad records must not slow good ones down, nor the registry.
 *
 * <p>Thread-safe; one request at a time.
 */
public final class HttpSchemaRegistry implements SchemaRegistry {
    /** Longest answer that is read, bytes. */
    static final int MAX_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(HttpSchemaRegistry.class);
    private static final int MAX_KEPT = 512;
    private static final int MAX_MISSES = 256;
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(30);

    /** An id that was asked for in vain. */
    private record Miss(String problem, long atNanos) {}

    /** The registry answered, but with no schema for the id. */
    private static final class NoSchemaException extends Exception {
        private static final long serialVersionUID = 1L;

        NoSchemaException(String problem) {
            super(problem, null, false, false);
        }
    }

    private final String url;
    private final SchemaCache cache;
    private final Duration timeout;
    private final long pauseNanos;
    private final LongSupplier nanos;
    private final HttpClient client;
    private final ObjectMapper json = new ObjectMapper();
    private final Map<Integer, Schema> schemas = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Schema> eldest) {
            return size() > MAX_KEPT;
        }
    };
    /** Oldest first. */
    private final Map<Integer, Miss> misses = new LinkedHashMap<>();
    /** Why nothing is asked for until the pause is over; empty while the registry answers. */
    private Optional<Miss> away = Optional.empty();

    HttpSchemaRegistry(URI url, Path cacheDirectory, Duration timeout, Duration pause, LongSupplier nanos) {
        boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
        if (!http || url.getHost() == null || url.getRawUserInfo() != null || url.getRawQuery() != null) {
            throw new IllegalArgumentException(
                    "schema-registry.url: expected http://host:port or https://host:port, without user, password"
                            + " or query");
        }
        this.url = url.toString().replaceAll("[/#]+$", "");
        this.timeout = timeout;
        this.pauseNanos = pause.toNanos();
        this.nanos = nanos;
        byte[] utf8 = this.url.getBytes(StandardCharsets.UTF_8);
        cache = new SchemaCache(cacheDirectory.resolve(Long.toHexString(MurmurHash3.hash128x64(utf8)[0])));
        client = HttpClient.newBuilder().connectTimeout(timeout).build();
    }

    /**
     * A client that waits five seconds for an answer and pauses for thirty after none.
     *
     * @param cacheDirectory where schemas are kept, apart for each registry; made if it is not there
     * @throws IllegalArgumentException if the address is not one of a registry
     */
    public static HttpSchemaRegistry of(URI url, Path cacheDirectory) {
        return new HttpSchemaRegistry(url, cacheDirectory, TIMEOUT, PAUSE, System::nanoTime);
    }

    @Override
    public synchronized Optional<Schema> schema(int id) {
        Schema known = schemas.get(id);
        if (known != null) {
            return Optional.of(known);
        }
        forgetOldMisses();
        if (id <= 0 || misses.containsKey(id)) {
            return Optional.empty();
        }
        Optional<Schema> cached = cache.read(id).flatMap(HttpSchemaRegistry::parsed);
        if (cached.isPresent()) {
            schemas.put(id, cached.get());
            return cached;
        }
        return away.isPresent() || misses.size() >= MAX_MISSES ? Optional.empty() : ask(id);
    }

    @Override
    public synchronized boolean isReachable() {
        return away.isEmpty();
    }

    @Override
    public synchronized String problem(int id) {
        if (id <= 0) {
            return "ids of schemas are greater than 0; the record is not in this framing";
        }
        Miss miss = misses.get(id);
        if (miss != null) {
            return miss.problem();
        }
        return away.map(Miss::problem)
                .orElse("not asked for, since " + misses.size() + " ids were asked of " + url + " in vain just now");
    }

    private void forgetOldMisses() {
        long now = nanos.getAsLong();
        Iterator<Miss> oldest = misses.values().iterator();
        while (oldest.hasNext() && now - oldest.next().atNanos() >= pauseNanos) {
            oldest.remove();
        }
        away = away.filter(miss -> now - miss.atNanos() < pauseNanos);
    }

    private static Optional<Schema> parsed(String text) {
        try {
            return Optional.of(new Schema.Parser().parse(text));
        } catch (RuntimeException | StackOverflowError e) {
            return Optional.empty();
        }
    }

    private Optional<Schema> ask(int id) {
        String address = url + "/schemas/ids/" + id;
        try {
            String text = text(get(address));
            Schema schema = parsed(text).orElseThrow(() -> new NoSchemaException("which is not an Avro schema"));
            cache.write(id, text);
            schemas.put(id, schema);
            return Optional.of(schema);
        } catch (NoSchemaException e) {
            misses.put(id, new Miss(address + " answered " + e.getMessage(), nanos.getAsLong()));
        } catch (IOException e) {
            String problem = address + " could not be had (" + e + "); asked again after "
                    + TimeUnit.NANOSECONDS.toSeconds(pauseNanos) + " s";
            LOG.warn("{}", problem);
            away = Optional.of(new Miss(problem, nanos.getAsLong()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    private HttpResponse<byte[]> get(String address) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address))
                .timeout(timeout)
                .header("Accept", "application/vnd.schemaregistry.v1+json, application/json")
                .build();
        CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(request, head -> new BoundedBody(MAX_BYTES));
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new IOException("no whole answer within " + timeout.toMillis() + " ms", e);
        } finally {
            answer.cancel(true);
        }
    }

    /** The schema's text in an answer. */
    private String text(HttpResponse<byte[]> answer) throws IOException, NoSchemaException {
        int status = answer.statusCode();
        if (status == 429 || status >= 500) {
            throw new IOException("status " + status);
        }
        if (status != 200) {
            throw new NoSchemaException("with status " + status);
        }
        JsonNode node;
        try {
            node = json.readTree(answer.body());
        } catch (IOException e) {
            throw new NoSchemaException("what is not JSON");
        }
        JsonNode schema = node.path("schema");
        if (!schema.isTextual()) {
            throw new NoSchemaException("JSON without a schema");
        }
        if (!"AVRO".equals(node.path("schemaType").asText("AVRO"))) {
            throw new NoSchemaException("with a schema of type " + node.path("schemaType") + ", expected AVRO");
        }
        if (!node.path("references").isEmpty()) {
            throw new NoSchemaException("with a schema that refers to others, which is not supported");
        }
        return schema.textValue();
    }
}
