package io.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.schema.wire.WireText;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EntityIdsTest {
    /** Hashes of 00, 00 01, 00 01 02, ... of 0 to 16 bytes under 00 01 ... 0f, in bytes, from the algorithm's paper. */
    private static final List<String> VECTORS = List.of(
            "310e0edd47db6f72",
            "fd67dc93c539f874",
            "5a4fa9d909806c0d",
            "2d7efbd796666785",
            "b7877127e09427cf",
            "8da699cd64557618",
            "cee3fe586e46c9cb",
            "37d1018bf50002ab",
            "6224939a79f5f593",
            "b0e4a90bdf82009e",
            "f3b9dd94c5bb5d7a",
            "a7ad6b22462fb3f4",
            "fbe50e86bc8f1e75",
            "903d84c02756ea14",
            "eef27a8e90ca23f7",
            "e545be4961ca29a1",
            "db9bc2577fcc2a3f");

    private static byte[] counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    @Test
    void sipHashGivesTheReferenceVectors() {
        ByteBuffer key = ByteBuffer.wrap(counting(16)).order(ByteOrder.LITTLE_ENDIAN);
        SipHash hash = new SipHash(key.getLong(), key.getLong());
        for (int length = 0; length < VECTORS.size(); length++) {
            byte[] bytes = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(hash.hash(counting(length)))
                    .array();
            assertThat(HexFormat.of().formatHex(bytes)).as("%d bytes", length).isEqualTo(VECTORS.get(length));
        }
    }

    @Test
    void everyBitOfIdAndKeyCounts() {
        SplittableRandom random = new SplittableRandom(4);
        byte[] key = new byte[16];
        random.nextBytes(key);
        Set<Long> seen = new HashSet<>();
        seen.add(EntityIds.keyed(key).item("0123456789"));
        for (int bit = 0; bit < 128; bit++) {
            byte[] other = key.clone();
            other[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(seen.add(EntityIds.keyed(other).item("0123456789"))).isTrue();
        }
        for (int length = 0; length < 40; length++) {
            assertThat(seen.add(EntityIds.keyed(key).item("\u00e9".repeat(length))))
                    .isTrue();
        }
    }

    @Test
    void theSameNameOfOtherKindsHasOtherHashes() {
        EntityIds ids = EntityIds.standard();
        assertThat(Set.of(ids.user("1001"), ids.session("1001"), ids.item("1001"), ids.event("1001")))
                .hasSize(4)
                .doesNotContain(ids.subject(new SubjectId(SubjectId.Kind.EVENT, "1001")));
    }

    @Test
    void theStandardHashesNeverChange() {
        EntityIds ids = EntityIds.standard();
        assertThat(EntityIds.keyed(ids.key()).user("85123A")).isEqualTo(ids.user("85123A"));
        assertThat(List.of(ids.user("85123A"), ids.session("85123A"), ids.item("85123A"), ids.event("85123A")).stream()
                        .map(Long::toHexString))
                .containsExactly("aedaa488e246073e", "78bec0b06bd0c16b", "daeab830ffe2747f", "cb9ce4da0f734e22");
    }

    @Test
    void aSubjectComesBackFromWhatIsStoredAndAUsersIsTheIdItself() {
        for (SubjectId subject : List.of(
                SubjectId.user("1001"), SubjectId.session("1001"), new SubjectId(SubjectId.Kind.EVENT, "1001"))) {
            assertThat(SubjectId.of(subject.stored())).isEqualTo(subject);
            assertThat(WireText.isId(subject.stored())).isEqualTo(subject.kind() == SubjectId.Kind.USER);
            assertThat(EntityIds.standard().subject(subject.stored()))
                    .isEqualTo(EntityIds.standard().subject(subject));
        }
        assertThat(SubjectId.user("1001").stored()).isEqualTo("1001");
        assertThat(SubjectId.session("1001")).hasToString("session 1001");
        assertThat(EntityIds.standard().subject("1001"))
                .isEqualTo(EntityIds.standard().user("1001"));
    }

    @Test
    void anEventBelongsToItsUserElseItsSessionElseItself() {
        BehaviourEvent event = BehaviourEvent.of("e", Action.CLICK, 0, "1001", "i");
        assertThat(event.who()).isEqualTo(SubjectId.user("1001"));
        assertThat(anonymous("1001").who()).isEqualTo(SubjectId.session("1001"));
        assertThat(anonymous("1001").subject()).isNotEqualTo(event.subject());
        assertThat(anonymous(null).who()).isEqualTo(new SubjectId(SubjectId.Kind.EVENT, "e"));
    }

    private static BehaviourEvent anonymous(@Nullable String session) {
        return new BehaviourEvent("e", Action.CLICK, 0, null, session, "i", null, null, null, null, Map.of());
    }

    @Test
    void aKeyOfAnotherLengthIsRefused() {
        assertThatThrownBy(() -> EntityIds.keyed(new byte[15])).hasMessageContaining("15 bytes");
        assertThatThrownBy(() -> EntityIds.keyed("0g".repeat(16))).hasMessageContaining("32 hexadecimal digits");
        assertThatThrownBy(() -> EntityIds.keyed("00")).hasMessageContaining("32 hexadecimal digits");
    }
}
