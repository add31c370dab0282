package io.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schema.Decoded.Accepted;
import io.freshet.schema.Decoded.Rejected;
import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;

/** Decodes, and holds what must be true of every answer. */
final class DecoderProbe {
    static final long NOW = 1_700_000_000_000L;

    /** An event with every field, and its bytes in each format as this release and every later one must read them. */
    static final BehaviourEvent EVENT =
            new BehaviourEvent("e1", Action.RATE, NOW, "ü", "s1", "i1", "r1", 3, 4.5, "EUR", Map.of("page", "home"));

    private static final String BODY =
            "0465310a80a0abfef9620204c3bc0204733104693102047231020602000000000000124002064555520208"
                    + "7061676508686f6d6500";
    static final String GOLDEN_AVRO = "c301c9fc0d47f8b225d8" + BODY;
    static final String GOLDEN_CONFLUENT = "0000000007" + BODY;
    static final String GOLDEN_JSON = "{\"event_id\":\"e1\",\"action\":\"rate\",\"event_time\":1700000000000,"
            + "\"item_id\":\"i1\",\"user_id\":\"ü\",\"session_id\":\"s1\",\"request_id\":\"r1\",\"currency\":\"EUR\","
            + "\"position\":3,\"value\":4.5,\"context\":{\"page\":\"home\"}}";

    private final EventEncoder encoder = new EventEncoder();
    private final EventDecoder decoder;

    DecoderProbe(Map<Integer, Schema> registered) {
        decoder = new EventDecoder(id -> Optional.ofNullable(registered.get(id)));
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    Decoded decode(byte[] value, long timestamp) {
        Decoded decoded = decoder.decode(value, timestamp);
        if (decoded instanceof Rejected rejected) {
            assertThat(rejected.detail()).isNotBlank().hasSizeLessThan(600);
            return decoded;
        }
        BehaviourEvent event = ((Accepted) decoded).event();
        for (String id : Arrays.asList(event.eventId(), event.itemId(), event.userId(), event.sessionId())) {
            assertThat(id == null || (!id.isEmpty() && id.length() <= 256)).isTrue();
            assertThat(id == null || id.chars().noneMatch(Character::isISOControl))
                    .isTrue();
        }
        assertThat(event.value() == null || Float.isFinite(event.value().floatValue()))
                .isTrue();
        assertThat(event.position() == null || event.position() >= 0).isTrue();
        assertThat(event.eventTimeMillis()).isBetween(0L, timestamp + 3_600_000);
        assertThat(decoder.decode(encoder.toAvroSingleObject(event), timestamp))
                .as("an accepted event survives being written again")
                .isEqualTo(new Accepted(event, WireFormat.AVRO_SINGLE_OBJECT));
        return decoded;
    }

    /** The decoder's answer as it is. */
    Decoded answer(byte[] value, long timestamp) {
        return decoder.decode(value, timestamp);
    }

    RejectReason reason(byte[] value) {
        Decoded decoded = decode(value, NOW);
        assertThat(decoded).isInstanceOf(Rejected.class);
        return ((Rejected) decoded).reason();
    }
}
