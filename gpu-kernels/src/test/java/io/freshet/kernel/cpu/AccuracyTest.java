package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The yardstick itself: what it lets pass and what it does not. */
class AccuracyTest {
    private static Accuracy of(float actual, double truth, double plain) {
        Accuracy accuracy = new Accuracy("operator");
        accuracy.forward("y", new float[] {actual}, new double[] {truth}, new double[] {plain});
        return accuracy;
    }

    @Test
    void twiceThePlainErrorPassesAndMoreDoesNot() {
        double plain = 1 + 0x1p-20;
        assertThatCode(() -> of(1 + 0x1p-19f, 1, plain).check()).doesNotThrowAnyException();
        assertThatThrownBy(() -> of(1 + 0x1.1p-19f, 1, plain).check())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("operator: error of y");
    }

    @Test
    void gradientsMayBeFiveTimesAsFarOff() {
        double[] plain = {1 + 0x1p-20};
        Accuracy within = new Accuracy("operator");
        within.backward("dx", new float[] {1 + 5 * 0x1p-20f}, new double[] {1}, plain);
        assertThatCode(within::check).doesNotThrowAnyException();
        within.backward("dx", new float[] {1 + 6 * 0x1p-20f}, new double[] {1}, plain);
        assertThatThrownBy(within::check).isInstanceOf(AssertionError.class);
    }

    @Test
    void aPlainResultThatHappensToBeExactStillLeavesOneUnit() {
        assertThatCode(() -> of(Math.nextUp(1f), 1, 1).check()).doesNotThrowAnyException();
        assertThatThrownBy(() -> of(Math.nextUp(Math.nextUp(1f)), 1, 1).check()).isInstanceOf(AssertionError.class);
    }

    @Test
    void aNumberThatIsNoneNeverPasses() {
        assertThatThrownBy(() -> of(Float.NaN, 1, 2).check()).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> of(Float.POSITIVE_INFINITY, 1, 2).check()).isInstanceOf(AssertionError.class);
        assertThatCode(() -> of(Float.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY)
                        .check())
                .doesNotThrowAnyException();
    }

    @Test
    void comparingNothingIsNoProof() {
        assertThatThrownBy(new Accuracy("operator")::check).hasMessageContaining("outputs that were compared");
        Accuracy shorter = new Accuracy("operator");
        assertThatThrownBy(() -> shorter.forward("y", new float[0], new double[1], new double[1]))
                .hasMessageContaining("length of y");
    }

    /** What makes one reference two: a rounded float64 operation is the float32 operation, bit for bit. */
    @Test
    void float32ArithmeticIsJavasOwn() {
        SplittableRandom random = new SplittableRandom(3);
        for (int trial = 0; trial < 100_000; trial++) {
            float a = Float.intBitsToFloat(random.nextInt());
            float b = trial % 2 == 0 ? Float.intBitsToFloat(random.nextInt()) : a * (float) random.nextDouble();
            assertThat(bits(Arithmetic.FLOAT32.add(a, b))).isEqualTo(bits(a + b));
            assertThat(bits(Arithmetic.FLOAT32.sub(a, b))).isEqualTo(bits(a - b));
            assertThat(bits(Arithmetic.FLOAT32.mul(a, b))).isEqualTo(bits(a * b));
            assertThat(bits(Arithmetic.FLOAT32.div(a, b))).isEqualTo(bits(a / b));
        }
    }

    /** Bits of a float32 number, the same for all that are none. */
    private static int bits(double x) {
        return Float.floatToIntBits((float) x);
    }
}
