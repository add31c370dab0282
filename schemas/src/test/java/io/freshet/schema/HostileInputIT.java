package io.freshet.schema;

import static io.freshet.schema.DecoderProbe.EVENT;
import static io.freshet.schema.DecoderProbe.GOLDEN_AVRO;
import static io.freshet.schema.DecoderProbe.GOLDEN_CONFLUENT;
import static io.freshet.schema.DecoderProbe.GOLDEN_JSON;
import static io.freshet.schema.DecoderProbe.NOW;
import static io.freshet.schema.DecoderProbe.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import io.freshet.schema.Decoded.Accepted;
import io.freshet.schema.wire.EventSchemas;
import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.WireFormat;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever the bytes: a valid event or a reason, soon, and never memory that the bytes only claim to need. */
@Timeout(60)
class HostileInputIT {
    private static final long BILLION = 1_000_000_000L;

    /** A later producer's schema: a field more that is skipped, of items that take no bytes. */
    private static final Schema WITH_NULLS = new Schema.Parser()
            .parse(EventSchemas.current()
                    .toString()
                    .replace(
                            "\"fields\":[{\"name\":\"event_id\"",
                            "\"fields\":[{\"name\":\"nulls\",\"type\":{\"type\":\"array\",\"items\":\"null\"}},"
                                    + "{\"name\":\"event_id\""));

    /** Another: a list whose depth the record decides. */
    private static final Schema WITH_LIST = new Schema.Parser()
            .parse(EventSchemas.current()
                    .toString()
                    .replace(
                            "\"fields\":[{\"name\":\"event_id\"",
                            "\"fields\":[{\"name\":\"list\",\"type\":{\"type\":\"record\",\"name\":\"Node\",\"fields\":"
                                    + "[{\"name\":\"next\",\"type\":[\"null\",\"Node\"]}]}},{\"name\":\"event_id\""));

    private static final Map<Integer, Schema> REGISTERED = Map.of(
            7,
            EventSchemas.current(),
            8,
            WITH_NULLS,
            9,
            WITH_LIST,
            10,
            EventSchemas.current(EventSchemas.Type.ITEM_PROFILE));

    private final EventEncoder encoder = new EventEncoder();
    private final DecoderProbe probe = new DecoderProbe(REGISTERED);

    private RejectReason reason(byte[] value) {
        return probe.reason(value);
    }

    private Decoded decode(byte[] value, long timestamp) {
        return probe.decode(value, timestamp);
    }

    private List<byte[]> encodings() {
        return List.of(encoder.toAvroSingleObject(EVENT), encoder.toConfluent(EVENT, 7), encoder.toJson(EVENT));
    }

    @Test
    void theBytesOfEveryFormatArePinned() {
        assertThat(HexFormat.of().formatHex(encoder.toAvroSingleObject(EVENT))).isEqualTo(GOLDEN_AVRO);
        assertThat(HexFormat.of().formatHex(encoder.toConfluent(EVENT, 7))).isEqualTo(GOLDEN_CONFLUENT);
        assertThat(new String(encoder.toJson(EVENT), StandardCharsets.UTF_8)).isEqualTo(GOLDEN_JSON);
        assertThat(decode(HexFormat.of().parseHex(GOLDEN_AVRO), NOW))
                .isEqualTo(new Accepted(EVENT, WireFormat.AVRO_SINGLE_OBJECT));
        assertThat(decode(HexFormat.of().parseHex(GOLDEN_CONFLUENT), NOW))
                .isEqualTo(new Accepted(EVENT, WireFormat.CONFLUENT));
        assertThat(decode(utf8(GOLDEN_JSON), NOW)).isEqualTo(new Accepted(EVENT, WireFormat.JSON));
    }

    @Test
    void everyTruncationIsRejected() {
        for (byte[] whole : encodings()) {
            for (int length = 0; length < whole.length; length++) {
                assertThat(reason(Arrays.copyOf(whole, length))).isNotNull();
            }
            assertThat(reason(Arrays.copyOf(whole, whole.length + 1))).isEqualTo(RejectReason.MALFORMED);
        }
    }

    @Test
    void everySingleByteChangeIsAnswered() {
        for (byte[] whole : encodings()) {
            for (int at = 0; at < whole.length; at++) {
                byte[] changed = whole.clone();
                for (int delta = 1; delta < 256; delta++) {
                    changed[at] = (byte) (whole[at] + delta);
                    decode(changed, NOW);
                }
            }
        }
    }

    @FuzzTest
    void fuzzEvents(byte[] input) {
        decode(input, NOW);
    }

    @Test
    void randomBytesAreAnswered() {
        SplittableRandom random = new SplittableRandom(5);
        List<byte[]> starts = List.of(
                new byte[0],
                Arrays.copyOf(encodings().get(0), 10),
                new byte[] {0, 0, 0, 0, 7},
                new byte[] {0, 0, 0, 0, 8},
                new byte[] {0, 0, 0, 0, 9},
                utf8("{\"event_id\":"));
        for (int i = 0; i < 60_000; i++) {
            byte[] start = starts.get(i % starts.size());
            byte[] tail = new byte[random.nextInt(200)];
            random.nextBytes(tail);
            byte[] bytes = Arrays.copyOf(start, start.length + tail.length);
            System.arraycopy(tail, 0, bytes, start.length, tail.length);
            decode(bytes, NOW);
        }
    }

    private static void number(ByteArrayOutputStream out, long value) {
        long bits = (value << 1) ^ (value >> 63);
        while ((bits & ~0x7FL) != 0) {
            out.write((int) (bits & 0x7F | 0x80));
            bits >>>= 7;
        }
        out.write((int) bits);
    }

    private static byte[] claiming(byte[] head, long... numbers) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head);
        for (long number : numbers) {
            number(out, number);
        }
        return out.toByteArray();
    }

    @Test
    void claimedLengthsAllocateNothing() {
        byte[] golden = HexFormat.of().parseHex(GOLDEN_AVRO);
        byte[] beforeContext = Arrays.copyOf(golden, golden.length - 12);
        byte[] header = Arrays.copyOf(golden, 10);
        byte[] nulls = {0, 0, 0, 0, 8};
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        decode(claiming(header, 5), NOW);
        long before = threads.getCurrentThreadAllocatedBytes();
        for (long claim : new long[] {BILLION, Integer.MAX_VALUE, Long.MAX_VALUE, -BILLION, Long.MIN_VALUE, 1 << 20}) {
            assertThat(reason(claiming(header, claim))).isEqualTo(RejectReason.MALFORMED);
            assertThat(reason(claiming(beforeContext, claim))).isEqualTo(RejectReason.MALFORMED);
            assertThat(reason(claiming(beforeContext, claim, 5))).isEqualTo(RejectReason.MALFORMED);
            assertThat(reason(claiming(nulls, claim))).isEqualTo(RejectReason.MALFORMED);
            assertThat(reason(claiming(nulls, claim, claim))).isEqualTo(RejectReason.MALFORMED);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(8L << 20);
    }

    @Test
    void depthThatTheRecordDecidesIsAnswered() {
        byte[] list = new byte[1 << 20];
        Arrays.fill(list, (byte) 2);
        System.arraycopy(new byte[] {0, 0, 0, 0, 9}, 0, list, 0, 5);
        assertThat(reason(list)).isEqualTo(RejectReason.MALFORMED);
        for (String open : new String[] {"{\"a\":", "["}) {
            String deep = "{\"context\":" + open.repeat(100_000);
            assertThat(reason(utf8(deep))).isEqualTo(RejectReason.MALFORMED);
        }
        assertThat(reason(new byte[EventDecoder.MAX_BYTES + 1])).isEqualTo(RejectReason.MALFORMED);
    }

    @Test
    void anotherTypesSchemaIsNotReadAsAnEvent() {
        assertThat(reason(new byte[] {0, 0, 0, 0, 10, 2, 2})).isEqualTo(RejectReason.UNKNOWN_SCHEMA);
    }
}
