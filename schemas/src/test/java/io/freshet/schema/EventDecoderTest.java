package io.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schema.Decoded.Accepted;
import io.freshet.schema.Decoded.Rejected;
import io.freshet.schema.wire.EventSchemas;
import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Events survive each wire format; anything else is rejected with a reason and never throws. */
class EventDecoderTest {
    private static final long NOW = 1_700_000_000_000L;

    private final EventEncoder encoder = new EventEncoder();
    private final EventDecoder decoder =
            new EventDecoder(id -> id == 7 ? Optional.of(EventSchemas.current()) : Optional.empty());

    private static BehaviourEvent random(SplittableRandom random) {
        return new BehaviourEvent(
                "e" + random.nextLong(),
                Action.fromCode(random.nextInt(11)),
                NOW - random.nextInt(1_000_000),
                random.nextBoolean() ? "user-" + random.nextInt(100) : null,
                random.nextBoolean() ? "session-" + random.nextInt(100) : null,
                "item é" + random.nextInt(100),
                random.nextBoolean() ? "r1" : null,
                random.nextBoolean() ? random.nextInt(50) : null,
                random.nextBoolean() ? random.nextDouble() : null,
                random.nextBoolean() ? "EUR" : null,
                random.nextBoolean() ? Map.of("page", "home") : Map.of());
    }

    @Test
    void everyEventSurvivesEveryFormat() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 2000; i++) {
            BehaviourEvent event = random(random);
            assertThat(decoder.decode(encoder.toAvroSingleObject(event), NOW))
                    .isEqualTo(new Accepted(event, WireFormat.AVRO_SINGLE_OBJECT));
            assertThat(decoder.decode(encoder.toConfluent(event, 7), NOW))
                    .isEqualTo(new Accepted(event, WireFormat.CONFLUENT));
            assertThat(decoder.decode(encoder.toJson(event), NOW)).isEqualTo(new Accepted(event, WireFormat.JSON));
        }
    }

    @Test
    void noBytesMakeItThrow() {
        SplittableRandom random = new SplittableRandom(2);
        int rejected = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = i % 3 == 0 ? encoder.toJson(random(random)) : encoder.toAvroSingleObject(random(random));
            if (i % 2 == 0) {
                bytes = new byte[random.nextInt(64)];
                random.nextBytes(bytes);
            } else {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            rejected += decoder.decode(bytes, NOW) instanceof Rejected ? 1 : 0;
        }
        assertThat(rejected).isGreaterThan(50_000);
    }

    private RejectReason reason(byte[] value) {
        return ((Rejected) decoder.decode(value, NOW)).reason();
    }

    private RejectReason reason(String item, long time, double value) {
        return reason(encoder.toAvroSingleObject(
                BehaviourEvent.of("e", Action.CLICK, time, "u", item).withValue(value)));
    }

    @Test
    void everyReasonIsGivenForItsCause() {
        assertThat(((Rejected) decoder.decode(null, NOW)).reason()).isEqualTo(RejectReason.NULL_VALUE);
        assertThat(reason(new byte[] {42})).isEqualTo(RejectReason.UNKNOWN_FORMAT);
        assertThat(reason(new byte[] {0, 0, 0, 0, 9, 1})).isEqualTo(RejectReason.UNKNOWN_SCHEMA);
        assertThat(reason(new byte[] {(byte) 0xC3, 1, 1, 2, 3, 4, 5, 6, 7, 8})).isEqualTo(RejectReason.UNKNOWN_SCHEMA);
        assertThat(reason("{\"event_id\":1}".getBytes(StandardCharsets.UTF_8))).isEqualTo(RejectReason.MALFORMED);
        assertThat(reason("{".repeat(10_000).getBytes(StandardCharsets.UTF_8))).isEqualTo(RejectReason.MALFORMED);
        assertThat(reason("", NOW, 1)).isEqualTo(RejectReason.INVALID_ID);
        assertThat(reason("a\u0000b", NOW, 1)).isEqualTo(RejectReason.INVALID_ID);
        assertThat(reason("x".repeat(257), NOW, 1)).isEqualTo(RejectReason.INVALID_ID);
        assertThat(reason("i", NOW, Double.NaN)).isEqualTo(RejectReason.INVALID_VALUE);
        assertThat(reason("i", NOW, 1e300)).isEqualTo(RejectReason.INVALID_VALUE);
        assertThat(reason("i", -1, 1)).isEqualTo(RejectReason.INVALID_TIME);
        assertThat(reason("i", NOW + 3_600_001, 1)).isEqualTo(RejectReason.INVALID_TIME);
    }
}
