package io.freshet.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.schema.BehaviourEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are not what they should be: every one is read, or refused with what was found and what is wanted. */
class DataFilesTest {
    private static final String RATINGS = "userId,movieId,rating,timestamp\n";

    @TempDir
    Path work;

    private Path write(String name, byte[] bytes) throws IOException {
        Path file = work.resolve(name);
        Files.write(file, bytes);
        return file;
    }

    private Path write(String name, String text) throws IOException {
        return write(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<BehaviourEvent> read(String dataset, Path file) {
        List<BehaviourEvent> events = new ArrayList<>();
        try (EventStream stream = Datasets.open(dataset, file)) {
            stream.forEachRemaining(events::add);
        }
        return events;
    }

    private static void refused(String dataset, Path file, String... words) {
        assertThatThrownBy(() -> Datasets.open(dataset, file).close())
                .isInstanceOf(DataFileException.class)
                .hasMessageContainingAll(words);
    }

    @Test
    void whatIsNoFileIsNamed() throws IOException {
        refused("globo", work.resolve("none.csv"), "there is no file", "none.csv");
        write("inside.csv", "x");
        refused("globo", work, "is a directory", "inside.csv");
        refused("globo", write("empty.csv", ""), "empty.csv", "is empty");
    }

    @Test
    void aFileWithoutAnEventIsRefusedWithCountsAndTheFirstReason() throws IOException {
        Path file = write("r.csv", RATINGS + "1,2,3\n1,,3,4\n");
        refused("ml-20m", file, "r.csv", "read 3 lines", "2 malformed", "line 2", "timestamp", "3 fields");
        refused("ml-20m", write("head.csv", RATINGS), "read 1 line,", "0 malformed");
    }

    @Test
    void linesThatAreLeftOutOnPurposeAreNotMalformed() throws IOException {
        Path file = write(
                "retail.csv",
                "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
                        + "1,9,A,1,2011-01-01 00:00:00,2.5,NA,UK\n");
        refused("online-retail", file, "0 malformed, 1 left out on purpose");
    }

    @Test
    void columnsAreFoundByTheirNames() throws IOException {
        Path file = write("r.csv", "\"timestamp\",extra,\"movieId\",userId,rating\n20,x,2,1,3.5\n");
        assertThat(read("ml-20m", file)).singleElement().satisfies(event -> {
            assertThat(event.userId()).isEqualTo("1");
            assertThat(event.itemId()).isEqualTo("2");
            assertThat(event.value()).isEqualTo(3.5);
            assertThat(event.eventTimeMillis()).isEqualTo(20_000);
        });
        Path recbole = write(
                "u.inter", "rating:float\titem_id:token\tuser_id:token\ttimestamp:float\n3\t242\t196\t881250949\n");
        assertThat(read("ml-100k", recbole))
                .singleElement()
                .extracting(BehaviourEvent::userId)
                .isEqualTo("196");
    }

    @ParameterizedTest
    @CsvSource({
        "ml-20m, 'user,item,stars', 'columns found: user, item, stars', 'missing: userId, movieId, rating, timestamp'",
        "globo, 'userId,movieId,rating,timestamp', 'wanted: user_id', 'missing: click_article_id'",
        "ml-20m, '1,2,3.5,20', 'columns found: 1, 2, 3.5, 20', 'does not name its columns'",
        "taobao, 'visitor,what,when', 'columns found: visitor, what, when', 'wanted: user, item'",
    })
    void columnsThatAreNotThereAreNamed(String dataset, String header, String found, String wanted) throws IOException {
        refused(dataset, write("x.csv", header + "\n1,2,3,4\n"), found, wanted);
    }

    @ParameterizedTest
    @CsvSource({
        "amazon, '1,2,3.5,20', '1 field: expected 2'",
        "yoochoose-ader, 'a b c', 'period_NN'",
        "taobao, '1,2,3,pv', '4 fields: expected 5'",
        "ml-1m, '1,2,3,978300760', '1 field: expected 4'",
        "yoochoose, '5,yesterday,9,0', 'timestamp is ''yesterday'''",
    })
    void theWrongDataSetsNameIsFoundOut(String dataset, String line, String reason) throws IOException {
        refused(dataset, write("file.txt", line + "\n"), reason);
    }

    @Test
    void ratingsInAnotherOrderAreFoundOutByWhatTheyHold() throws IOException {
        Path file = write("u.data", "196\t242\t881250949\t3\n");
        refused("ml-100k", file, "rating is '881250949': expected a rating from 0 to 10");
    }

    @Test
    void impressionsWithoutLabelsAreMindsTestFile() throws IOException {
        Path file = write("behaviors.tsv", "1\tU\t11/12/2019 2:14:46 PM\tN1\tN2 N3\n");
        refused("mind", file, "'N2'", "N2-0 or N2-1", "test file");
    }

    @Test
    void quotedFieldsAreReadAndAQuoteThatDoesNotEndIsMalformed() throws IOException {
        Path file = write("r.csv", RATINGS + "\"1\",\"2\",\"3.5\",\"20\"\n\"1,2,3,4\n1,3,2,30\n");
        try (EventStream stream = Datasets.open("ml-20m", file)) {
            assertThat(stream.next().userId()).isEqualTo("1");
            assertThat(stream.malformedLines()).isEqualTo(1);
            assertThat(stream.firstProblem()).contains("r.csv line 3", "a quote that does not end");
            assertThat(stream.told()).contains("read 4 lines, 1 malformed");
        }
    }

    @Test
    void anIdThatIsEmptyIsMalformed() throws IOException {
        try (EventStream stream = Datasets.open("ml-20m", write("r.csv", RATINGS + "1,,3.5,20\n1,2,3.5,20\n"))) {
            assertThat(stream.firstProblem()).contains("line 2: movieId is empty");
            assertThat(stream.extent()).contains(new EventStream.Extent(1, 20_000));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-8"})
    void aByteOrderMarkSaysTheEncoding(String charset) throws IOException {
        byte[] bytes = ("\ufeff" + RATINGS + "1,Åß,3.5,20\r\n").getBytes(Charset.forName(charset));
        assertThat(read("ml-20m", write("r.csv", bytes)))
                .singleElement()
                .extracting(BehaviourEvent::itemId)
                .isEqualTo("Åß");
    }

    @Test
    void bytesOfAnotherEncodingAreCountedLineByLine() throws IOException {
        byte[] latin = (RATINGS + "1,caf\u00e9,3,20\n1,2,3,30\n").getBytes(StandardCharsets.ISO_8859_1);
        try (EventStream stream = Datasets.open("ml-20m", write("r.csv", latin))) {
            assertThat(stream.next().itemId()).isEqualTo("2");
            assertThat(stream.malformedLines()).isEqualTo(1);
            assertThat(stream.firstProblem()).contains("line 2: not UTF-8: byte E9 at 6");
        }
        byte[] unmarked = (RATINGS + "1,2,3,20\n").getBytes(StandardCharsets.UTF_16LE);
        refused("ml-20m", write("u.csv", unmarked), "line 1", "UTF-16 without its mark");
    }

    @Test
    void theOldMovieLensFilesAreLatin1() throws IOException {
        write("u.item", "2|Misérables, Les (1995)|x\n".getBytes(StandardCharsets.ISO_8859_1));
        try (EventStream stream = Datasets.open("ml-100k", write("u.data", "1\t2\t3\t20\n"))) {
            assertThat(stream.titles()).containsEntry("2", "Misérables, Les (1995)");
        }
    }

    @Test
    void titlesThatCannotBeReadAreTold() throws IOException {
        write("movies.csv", "movieId,title,genres\n2,Am\u00e9lie,x\n".getBytes(StandardCharsets.ISO_8859_1));
        List<String> notes = new ArrayList<>();
        try (EventStream stream = Datasets.open("ml-20m", write("r.csv", RATINGS + "1,2,3,20\n"), notes::add)) {
            assertThat(stream.titles()).doesNotContainKey("2");
        }
        assertThat(notes).singleElement().asString().contains("movies.csv", "1 line", "line 2: not UTF-8");
    }

    @Test
    void aFileIsWhatItsFirstBytesSay() throws IOException {
        byte[] text = (RATINGS + "1,2,3,20\n").getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(text);
        }
        assertThat(read("ml-20m", write("no-suffix.csv", packed.toByteArray()))).hasSize(1);
        assertThat(read("ml-20m", write("not-packed.csv.gz", text))).hasSize(1);
        assertThat(read("ml-20m", write("one.zip", zip(text, "r.csv")))).hasSize(1);
        refused("ml-20m", write("two.zip", zip(text, "r.csv", "tags.csv")), "2 files", "r.csv, tags.csv");
        refused("ml-20m", write("r.csv.bz2", "BZh91AY&SY"), "compressed with bzip2");
        refused("ml-20m", write("r.parquet", "PAR1...."), "a Parquet file");
    }

    private static byte[] zip(byte[] text, String... names) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String name : names) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(text);
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void aPackedFileThatEndsTooSoonSaysWhere() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(packed)) {
            for (int n = 0; n < 20_000; n++) {
                gzip.write(((n == 0 ? RATINGS : "") + n + "," + n * 31L % 9973 + ",3," + n + "\n")
                        .getBytes(StandardCharsets.UTF_8));
            }
        }
        byte[] half = Arrays.copyOf(packed.toByteArray(), packed.size() / 2);
        assertThatThrownBy(() -> read("ml-20m", write("half.csv.gz", half)))
                .hasMessageContainingAll("half.csv.gz: line", "cannot be read", "Unexpected end");
    }

    @Test
    void aFileOfNothingButNonsenseIsGivenUp() throws IOException {
        StringBuilder text = new StringBuilder(RATINGS);
        text.append("nonsense\n".repeat(150_000));
        refused("ml-20m", write("long.csv", text.toString()), "read 100001 lines", "100000 malformed");
    }
}
