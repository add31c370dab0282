package io.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.RejectedException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Profiles survive their encoding; an invalid one cannot be made, nor read. */
class ItemProfileTest {
    private static final ItemProfile PROFILE = new ItemProfile(
            "item é", "A title", List.of("a", "b"), Map.of("colour", "red"), Map.of("clip", List.of(1f, -2.5f)));

    /** Bytes of version 1, which every later release must read. */
    private static final String PROFILE_BYTES =
            "c30178b260514193ae5a0e6974656d20c3a9020e41207469746c65040261026200020c636f6c6f757206726564000208636c6970"
                    + "040000803f000020c00000";

    @Test
    void survivesAndKeepsItsBytes() throws Exception {
        assertThat(HexFormat.of().formatHex(PROFILE.encode())).isEqualTo(PROFILE_BYTES);
        assertThat(ItemProfile.decode(HexFormat.of().parseHex(PROFILE_BYTES))).isEqualTo(PROFILE);
        ItemProfile bare = new ItemProfile("i", null, List.of(), Map.of(), Map.of());
        assertThat(ItemProfile.decode(bare.encode())).isEqualTo(bare);
    }

    @Test
    void anInvalidProfileCannotBeMade() {
        for (String id : new String[] {"", "a\nb", "x".repeat(257), "\uD800"}) {
            assertThatThrownBy(() -> new ItemProfile(id, null, List.of(), Map.of(), Map.of()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        for (List<Float> vector : List.of(List.<Float>of(), List.of(Float.NaN), List.of(1f, Float.NEGATIVE_INFINITY))) {
            assertThatThrownBy(() -> new ItemProfile("i", null, List.of(), Map.of(), Map.of("clip", vector)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new ItemProfile("i", "x".repeat(4097), List.of(), Map.of(), Map.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static RejectReason reason(byte[] value) {
        return catchThrowableOfType(RejectedException.class, () -> ItemProfile.decode(value))
                .reason();
    }

    @Test
    void whateverElseIsRejectedWithAReason() {
        byte[] good = PROFILE.encode();
        assertThat(reason(new byte[0])).isEqualTo(RejectReason.UNKNOWN_FORMAT);
        assertThat(reason(new EventEncoder().toAvroSingleObject(DecoderProbe.EVENT)))
                .isEqualTo(RejectReason.UNKNOWN_SCHEMA);
        assertThat(reason(Arrays.copyOf(good, good.length + 1))).isEqualTo(RejectReason.MALFORMED);
        for (int length = 10; length < good.length; length++) {
            assertThat(reason(Arrays.copyOf(good, length))).isEqualTo(RejectReason.MALFORMED);
        }
    }

    @Test
    void flippedBytesNeverThrowAnythingElse() {
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 20_000; i++) {
            byte[] profile = PROFILE.encode();
            profile[10 + random.nextInt(profile.length - 10)] = (byte) random.nextInt();
            try {
                assertThat(ItemProfile.decode(profile).itemId()).isNotEmpty();
            } catch (RejectedException e) {
                assertThat(e.reason()).isNotNull();
            }
        }
    }
}
