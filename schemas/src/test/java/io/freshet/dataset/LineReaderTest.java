package io.freshet.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Lines of bytes, beside what {@link String#lines} makes of the same text. */
class LineReaderTest {
    /** Gives a few bytes at a time, as a pipe does. */
    private static InputStream slow(byte[] bytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int at, int length) {
                return super.read(into, at, Math.min(length, 1 + random.nextInt(7)));
            }
        };
    }

    private static List<LineReader.Line> read(InputStream in) throws IOException {
        List<LineReader.Line> lines = new ArrayList<>();
        try (LineReader reader = LineReader.of(in, StandardCharsets.UTF_8)) {
            for (LineReader.Line line = reader.next(); line != null; line = reader.next()) {
                lines.add(line);
            }
        }
        return lines;
    }

    @Test
    void linesAreThoseOfTheTextHoweverTheBytesCome() throws IOException {
        SplittableRandom random = new SplittableRandom(5);
        String[] pieces = {"a", "é", "日本", "\r\n", "\n", "\n\n", "\ud83d\ude00", "x,y", " "};
        for (int round = 0; round < 200; round++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(40); n > 0; n--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            List<LineReader.Line> lines = read(slow(bytes, round));
            assertThat(lines)
                    .extracting(LineReader.Line::text)
                    .containsExactlyElementsOf(text.toString().lines().toList());
            assertThat(lines).allSatisfy(line -> assertThat(line.problem()).isEmpty());
        }
    }

    @Test
    void aBadLineIsNumberedAndTheNextIsRead() throws IOException {
        byte[] bytes = {'a', '\n', (byte) 0xc3, '(', '\n', 'b', 0, '\n', 'c'};
        assertThat(read(new ByteArrayInputStream(bytes)))
                .containsExactly(
                        new LineReader.Line(1, "a", ""),
                        new LineReader.Line(2, "", "not UTF-8: byte C3 at 1"),
                        new LineReader.Line(3, "", "a zero byte at 2: binary, or UTF-16 without its mark"),
                        new LineReader.Line(4, "c", ""));
    }

    @Test
    void aLineWithoutEndIsCutOffAndSaid() throws IOException {
        byte[] bytes = new byte[LineReader.MOST_BYTES + 100_000];
        Arrays.fill(bytes, (byte) 'x');
        bytes[bytes.length - 2] = '\n';
        List<LineReader.Line> lines = read(new ByteArrayInputStream(bytes));
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).problem()).contains("longer than");
        assertThat(lines.get(1).text()).isEqualTo("x");
    }

    @Test
    void nothingHasNoLines() throws IOException {
        assertThat(read(new ByteArrayInputStream(new byte[0]))).isEmpty();
        assertThat(read(new ByteArrayInputStream(new byte[] {'\n'}))).containsExactly(new LineReader.Line(1, "", ""));
    }
}
