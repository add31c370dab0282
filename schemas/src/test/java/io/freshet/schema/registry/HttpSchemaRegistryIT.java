package io.freshet.schema.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.Decoded.Accepted;
import io.freshet.schema.Decoded.Rejected;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.EventEncoder;
import io.freshet.schema.wire.EventSchemas;
import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.WireFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Schemas are had once, kept, and their absence is neither fatal nor expensive. */
@Timeout(60)
class HttpSchemaRegistryIT {
    private static final Schema SCHEMA = EventSchemas.current();
    private static final long PAUSE = Duration.ofSeconds(10).toNanos();

    @TempDir
    private Path cache;

    private final Map<Integer, byte[]> bodies = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong clock = new AtomicLong();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile int status = 200;
    private volatile boolean hanging;
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/registry/schemas/ids/", exchange -> {
            requests.incrementAndGet();
            String path = exchange.getRequestURI().getPath();
            byte[] body = bodies.get(Integer.parseInt(path.substring(path.lastIndexOf('/') + 1)));
            exchange.sendResponseHeaders(body == null ? 404 : status, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                out.flush();
                if (hanging) {
                    await();
                }
                out.write(body == null ? new byte[0] : body);
            }
        });
        server.start();
    }

    private void await() {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void stop() {
        ended.countDown();
        server.stop(0);
    }

    private HttpSchemaRegistry registry() {
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/registry/");
        return new HttpSchemaRegistry(url, cache, Duration.ofSeconds(2), Duration.ofNanos(PAUSE), clock::get);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] answer(Schema schema) {
        return utf8(new ObjectMapper()
                .createObjectNode()
                .put("schema", schema.toString())
                .toString());
    }

    private Path cached() throws IOException {
        try (Stream<Path> files = Files.walk(cache)) {
            List<Path> found = files.filter(Files::isRegularFile).toList();
            assertThat(found).hasSize(1);
            return found.get(0);
        }
    }

    @Test
    void aSchemaIsAskedForOnceAndReadsRecords() {
        bodies.put(7, answer(SCHEMA));
        HttpSchemaRegistry registry = registry();
        EventDecoder decoder = new EventDecoder(registry);
        BehaviourEvent event = BehaviourEvent.of("e", Action.CLICK, 1, "u", "i");
        byte[] bytes = new EventEncoder().toConfluent(event, 7);
        for (int i = 0; i < 3; i++) {
            assertThat(decoder.decode(bytes, 1)).isEqualTo(new Accepted(event, WireFormat.CONFLUENT));
            assertThat(registry.schema(7)).contains(SCHEMA);
        }
        assertThat(requests).hasValue(1);
    }

    @Test
    void anUnknownIdIsAskedForAgainOnlyAfterThePause() {
        HttpSchemaRegistry registry = registry();
        for (int i = 0; i < 3; i++) {
            assertThat(registry.schema(9)).isEmpty();
            assertThat(registry.problem(9)).contains("/registry/schemas/ids/9 answered with status 404");
        }
        assertThat(requests).hasValue(1);
        bodies.put(9, answer(SCHEMA));
        clock.addAndGet(PAUSE);
        assertThat(registry.schema(9)).contains(SCHEMA);
        Rejected rejected = (Rejected) new EventDecoder(registry).decode(new byte[] {0, 0, 0, 0, 8, 2}, 1);
        assertThat(rejected.reason()).isEqualTo(RejectReason.UNKNOWN_SCHEMA);
        assertThat(rejected.detail()).contains("schemas/ids/8 answered with status 404");
    }

    @Test
    void manyUnknownIdsAreNotAllAskedFor() {
        HttpSchemaRegistry registry = registry();
        for (int id = -1000; id <= 1000; id++) {
            assertThat(registry.schema(id)).isEmpty();
            assertThat(registry.problem(id)).isNotBlank();
        }
        assertThat(requests).hasValue(256);
        assertThat(registry.problem(1000)).contains("256 ids were asked");
    }

    @Test
    void aCachedSchemaOutlivesTheServer() throws IOException {
        bodies.put(7, answer(SCHEMA));
        assertThat(registry().schema(7)).contains(SCHEMA);
        server.stop(0);
        HttpSchemaRegistry restarted = registry();
        assertThat(restarted.schema(7)).contains(SCHEMA);
        assertThat(restarted.schema(8)).isEmpty();
        assertThat(restarted.problem(8)).contains("could not be had", "ConnectException", "asked again after 10 s");
        assertThat(cached()).hasFileName("7.avsc");
    }

    @Test
    void aDamagedCacheFileIsAskedForAgain() throws IOException {
        bodies.put(7, answer(SCHEMA));
        registry().schema(7);
        byte[] file = Files.readAllBytes(cached());
        for (int cut : new int[] {0, 4, 9, file.length / 2, file.length - 1}) {
            Files.write(cached(), Arrays.copyOf(file, cut));
            assertThat(registry().schema(7)).contains(SCHEMA);
            assertThat(Files.readAllBytes(cached())).isEqualTo(file);
        }
        file[file.length / 2] ^= 1;
        Files.write(cached(), file);
        assertThat(registry().schema(7)).contains(SCHEMA);
        assertThat(requests).hasValue(7);
    }

    @Test
    void aCacheThatCannotBeWrittenIsDoneWithout() throws IOException {
        cache = Files.writeString(cache.resolve("file"), "not a directory");
        bodies.put(7, answer(SCHEMA));
        assertThat(registry().schema(7)).contains(SCHEMA);
    }

    @Test
    void garbageIsNoSchemaAndNotCached() throws IOException {
        String[] garbage = {
            "",
            "<html>",
            "[]",
            "{}",
            "{\"schema\":5}",
            "{\"schema\":\"{\"}",
            "{\"schema\":\"{}\"}",
            "[".repeat(100_000),
            "{\"schema\":\"\\\"int\\\"\",\"schemaType\":\"PROTOBUF\"}",
            "{\"schema\":\"\\\"int\\\"\",\"references\":[{\"name\":\"a\"}]}"
        };
        HttpSchemaRegistry registry = registry();
        for (int i = 0; i < garbage.length; i++) {
            bodies.put(i + 1, utf8(garbage[i]));
            assertThat(registry.schema(i + 1)).as(garbage[i]).isEmpty();
            assertThat(registry.problem(i + 1)).contains("/schemas/ids/" + (i + 1) + " answered ");
        }
        assertThat(requests).hasValue(garbage.length);
        try (Stream<Path> files = Files.walk(cache)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void aRegistryThatFailsIsLeftAloneForThePause() {
        bodies.put(7, answer(SCHEMA));
        status = 503;
        HttpSchemaRegistry registry = registry();
        assertThat(registry.schema(7)).isEmpty();
        assertThat(registry.schema(8)).isEmpty();
        assertThat(registry.problem(8)).contains("status 503");
        assertThat(requests).hasValue(1);
        status = 200;
        clock.addAndGet(PAUSE);
        assertThat(registry.schema(7)).contains(SCHEMA);
    }

    @Test
    void anAnswerThatNeverEndsOrIsTooLongIsGivenUp() {
        bodies.put(7, new byte[HttpSchemaRegistry.MAX_BYTES + 1]);
        HttpSchemaRegistry registry = registry();
        assertThat(registry.schema(7)).isEmpty();
        assertThat(registry.problem(7)).contains("more than 1048576 bytes");
        clock.addAndGet(PAUSE);
        hanging = true;
        assertThat(registry.schema(7)).isEmpty();
        assertThat(registry.problem(7)).contains("could not be had");
    }

    @Test
    void onlyARegistrysAddressIsTaken() {
        for (String url : new String[] {"ftp://host", "host:80", "http:///x", "http://me:secret@host", "http://h/?a"}) {
            assertThatThrownBy(() -> HttpSchemaRegistry.of(URI.create(url), cache))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("schema-registry.url")
                    .hasMessageNotContaining("secret");
        }
    }
}
