package io.freshet.schema;

import static io.freshet.schema.DecoderProbe.EVENT;
import static io.freshet.schema.DecoderProbe.GOLDEN_AVRO;
import static io.freshet.schema.DecoderProbe.GOLDEN_JSON;
import static io.freshet.schema.DecoderProbe.NOW;
import static io.freshet.schema.DecoderProbe.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schema.Decoded.Accepted;
import io.freshet.schema.Decoded.Rejected;
import io.freshet.schema.wire.EventSchemas;
import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.WireFormat;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A well-formed record whose fields are not an event's is refused, and never converted into one. */
@Timeout(60)
class HostileFieldsTest {
    private final EventEncoder encoder = new EventEncoder();
    private final DecoderProbe probe = new DecoderProbe(Map.of(7, EventSchemas.current()));

    private RejectReason reason(byte[] value) {
        return probe.reason(value);
    }

    private Decoded decode(byte[] value, long timestamp) {
        return probe.decode(value, timestamp);
    }

    @Test
    void wrongTypesAreRefusedNotConverted() {
        String[][] changes = {
            {"\"e1\"", "1"},
            {"\"e1\"", "{}"},
            {"\"e1\"", "null"},
            {"\"rate\"", "5"},
            {"\"rate\"", "\"sing\""},
            {"1700000000000", "\"1700000000000\""},
            {"1700000000000", "1.7e12"},
            {"1700000000000", "[1]"},
            {"1700000000000", "18446744073709551617"},
            {"\"i1\"", "[\"i1\"]"},
            {"\"ü\"", "{}"},
            {"\"s1\"", "true"},
            {":3,", ":\"x\","},
            {":3,", ":4294967296,"},
            {":3,", ":3.5,"},
            {"4.5", "\"4.5\""},
            {"4.5", "NaN"},
            {"4.5", "\"NaN\""},
            {"{\"page\":\"home\"}", "[]"},
            {"\"home\"", "{}"},
            {"\"home\"", "1"},
            {"\"s1\"", "\"s1\",\"session_id\":\"s2\""},
            {"\"home\"", "\"\\uD800\""},
            {"{\"page\":\"home\"}}", "{}}{}"}
        };
        for (String[] change : changes) {
            assertThat(GOLDEN_JSON).contains(change[0]);
            assertThat(reason(utf8(GOLDEN_JSON.replace(change[0], change[1]))))
                    .as(change[1])
                    .isEqualTo(RejectReason.MALFORMED);
        }
        assertThat(reason(utf8(GOLDEN_JSON.replace("4.5", "1e999")))).isEqualTo(RejectReason.INVALID_VALUE);
        assertThat(reason(utf8(GOLDEN_JSON.replace(":3,", ":-3,")))).isEqualTo(RejectReason.INVALID_VALUE);
    }

    @Test
    void idsAreBoundedInEveryField() {
        for (String id : new String[] {"", "x".repeat(257), "a\u0000", "a\nb", "\u0085", "\u007f", "\uD800"}) {
            for (String field : new String[] {"\"e1\"", "\"ü\"", "\"s1\"", "\"i1\"", "\"r1\"", "\"EUR\""}) {
                StringBuilder escaped = new StringBuilder("\"");
                id.chars().forEach(c -> escaped.append(String.format("\\u%04x", c)));
                assertThat(reason(utf8(GOLDEN_JSON.replace(field, escaped.append('"')))))
                        .isEqualTo(RejectReason.INVALID_ID);
            }
        }
        String longest = "x".repeat(256);
        BehaviourEvent anonymous =
                new BehaviourEvent(longest, Action.CLICK, NOW, null, null, longest, null, null, null, null, Map.of());
        assertThat(decode(encoder.toJson(anonymous), NOW)).isEqualTo(new Accepted(anonymous, WireFormat.JSON));
        byte[] notUtf8 = HexFormat.of().parseHex(GOLDEN_AVRO.replace("04c3bc", "04c3c3"));
        assertThat(reason(notUtf8)).isEqualTo(RejectReason.MALFORMED);
    }

    @Test
    void hostileContextsAreRefusedSoon() {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < 1 << 15; i++) {
            json.append(i == 0 ? "\"" : ",\"");
            for (int bit = 0; bit < 15; bit++) {
                json.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            json.append("\":\"\"");
        }
        String context = json.substring(0, 900_000);
        context = context.substring(0, context.lastIndexOf(','));
        assertThat(reason(utf8(GOLDEN_JSON.replace("{\"page\":\"home\"}", context + "}"))))
                .isEqualTo(RejectReason.MALFORMED);
    }

    @Test
    void valuesAndTimesAreBounded() {
        for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e39}) {
            assertThat(reason(encoder.toAvroSingleObject(EVENT.withValue(value))))
                    .isEqualTo(RejectReason.INVALID_VALUE);
        }
        long year9999 = 253_402_300_799_999L;
        for (long time : new long[] {-1, Long.MIN_VALUE, year9999, Long.MAX_VALUE, NOW + 3_600_001}) {
            assertThat(reason(encoder.toJson(at(time)))).isEqualTo(RejectReason.INVALID_TIME);
        }
        for (long time : new long[] {0, NOW, NOW + 3_600_000}) {
            assertThat(decode(encoder.toConfluent(at(time), 7), NOW)).isInstanceOf(Accepted.class);
        }
        for (long timestamp : new long[] {-1, Long.MIN_VALUE}) {
            assertThat(probe.answer(encoder.toJson(at(year9999)), timestamp)).isInstanceOf(Rejected.class);
            assertThat(probe.answer(encoder.toJson(at(NOW)), timestamp)).isInstanceOf(Accepted.class);
        }
    }

    private static BehaviourEvent at(long time) {
        return BehaviourEvent.of("e", Action.CLICK, time, "u", "i");
    }
}
