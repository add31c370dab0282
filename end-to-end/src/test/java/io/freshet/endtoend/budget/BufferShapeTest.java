package io.freshet.endtoend.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every buffer of kernels, store, model, training and serving says its shape where it is declared. */
class BufferShapeTest {
    private static final Pattern WHERE =
            Pattern.compile(".*/src/main/java/io/freshet/(kernel|model|train|store|serving)/.*");

    @Test
    void everyBufferHasAShape() throws IOException {
        Map<String, String> texts = new TreeMap<>();
        for (Path file : SourceTree.main()) {
            if (WHERE.matcher(file.toString()).matches()) {
                texts.put(file.toString(), Files.readString(file));
            }
        }
        assertThat(texts).hasSizeGreaterThan(250);
        assertThat(BufferShapes.missing(texts))
                .as("buffers without a shape such as [T, D]")
                .isEmpty();
    }

    @Test
    void whatHasNoShapeIsFound() throws IOException {
        assertThat(BufferShapes.missing(Map.of("A.java", """
                class A {
                    float[] field;
                    private final int[] spoken = new int[3]; // three of them, [from, to)
                    record R(Floats rows) {}
                    /** Copies values[3] of {@code x[2]}. */
                    float[] copy(int at, float[] x, byte... key) { return x; }
                    /** @param x {@code [T]} */
                    long[][] spread(int[] x) { return new long[][] {x}; }
                    interface I { void put(ByteBuffer to, byte @Nullable [] from); }
                }
                """)))
                .containsExactlyInAnyOrder(
                        "A.java:2 A.field",
                        "A.java:3 A.spoken",
                        "A.java:4 R.rows",
                        "A.java:6 A.copy",
                        "A.java:6 A.copy(x)",
                        "A.java:6 A.copy(key)",
                        "A.java:8 A.spread",
                        "A.java:9 I.put(to)",
                        "A.java:9 I.put(from)");
    }

    @Test
    void shapesAreReadWhereTheyMayStand() throws IOException {
        assertThat(BufferShapes.missing(Map.of("A.java", """
                class A {
                    float[] beside; // [T, D]
                    // Times, [events], ms.
                    long[] above;
                    /** Rows, {@code [T, 4 * H * d]}. */
                    Floats documented;
                    A(Floats documented) { float[] local = {}; }
                    /**
                     * Rows.
                     *
                     * @param rows {@code [V, D]}
                     * @param key [32] bytes
                     */
                    record R(Floats rows, byte[] key) {}
                    /** {@code y [T, O] = x [T, D] * w [D, O]}. */
                    void product(float[] x, float[] w, float[] y) {}
                    /** Ranks, {@code [M]}, of x {@code [M, D]}. */
                    int[] ranks(float[] x) { return null; }
                    /**
                     * Sums.
                     *
                     * @return {@code [D]}
                     */
                    double[] sums(
                            float[] x, // [T, D]
                            int width) { return null; }
                    private void hidden(float[] x) {}
                    @Override public void run(float[] x) {}
                }
                """))).isEmpty();
    }
}
