package io.freshet.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.freshet.schema.BehaviourEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every official format, on lines made up in it; and on the real files where they are at hand. */
class DatasetsIT {
    private static final Path REAL = Path.of("../../shared/data");

    private static final String RETAIL =
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
    private static final String GLOBO =
            "user_id,session_id,session_start,session_size,click_article_id,click_timestamp,click_environment";
    private static final String RATINGS = "userId,movieId,rating,timestamp";
    private static final String BANDIT = ",timestamp,item_id,position,click,propensity_score,user_feature_0,"
            + "user_feature_1,user_feature_2,user_feature_3,user-item_affinity_0";
    private static final String KUAI = "user_id,video_id,date,hourmin,time_ms,is_click,is_like,is_follow,is_comment,"
            + "is_forward,is_hate,long_view,play_time_ms";

    @TempDir
    Path work;

    private Path file(String name, boolean zipped, String... lines) throws IOException {
        Path file = work.resolve(zipped ? name + ".gz" : name);
        try (OutputStream out = Files.newOutputStream(file);
                OutputStream to = zipped ? new GZIPOutputStream(out) : out) {
            to.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return file;
    }

    private static List<String> read(EventStream stream) {
        List<String> events = new ArrayList<>();
        try (stream) {
            stream.forEachRemaining(e -> events.add(
                    e.who().id() + " " + e.action().wireName() + " " + e.itemId() + " " + e.eventTimeMillis()));
        }
        return events;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyFormatIsReadPlainOrZipped(boolean zipped) throws IOException {
        assertThat(read(Datasets.open(
                        "online-retail",
                        file("a.csv", zipped, RETAIL, "C1,9,\"A, \"\"B\"\"\",-1,2011-01-01 00:00:00,2.5,7,UK"))))
                .containsExactly("7 refund 9 1293840000000");
        assertThat(read(Datasets.open("globo", file("b.csv", zipped, GLOBO, "u,s,1,2,i,1500000000000,1"))))
                .containsExactly("u click i 1500000000000");
        assertThat(read(Datasets.open("yoochoose", file("c.dat", zipped, "5,2014-04-07T10:51:09.277Z,i,0"))))
                .containsExactly("5 click i 1396867869277");
        assertThat(read(Datasets.open(
                        "yoochoose-100k", file("d.txt", zipped, "SessionId\tItemId\tTime", "5\ti\t1396860669.277"))))
                .containsExactly("5 click i 1396860669277");
        assertThat(read(Datasets.open("yoochoose-ader", file("period_02.txt", zipped, "9 i"))))
                .containsExactly("2-9 click i 1396483200000");
        assertThat(read(Datasets.open("ml-100k", file("u.data", zipped, "1\t2\t3\t20", "1\t5\t3\t10"))))
                .containsExactly("1 rate 5 10000", "1 rate 2 20000");
        assertThat(read(Datasets.open("ml-1m", file("ratings.dat", zipped, "1::2::3::20"))))
                .containsExactly("1 rate 2 20000");
        assertThat(read(Datasets.open("ml-1m-sequences", file("s.tsv", zipped, "1\t8 9", "2\t7"))))
                .containsExactly("1 rate 8 1000000000000", "2 rate 7 1000000000000", "1 rate 9 1000000001000");
        assertThat(read(Datasets.open("ml-20m", file("r.csv", zipped, RATINGS, "1,2,3.5,20"))))
                .containsExactly("1 rate 2 20000");
        assertThat(read(Datasets.open("amazon", file("p.txt", zipped, "1 8", "1 9", "2 7"))))
                .containsExactly("1 rate 8 1000000000000", "2 rate 7 1000000000000", "1 rate 9 1000000001000");
        assertThat(read(Datasets.open("taobao", file("t.csv", zipped, "1,2,3,fav,1511544070"))))
                .containsExactly("1 like 2 1511544070000");
        assertThat(read(Datasets.open(
                        "retailrocket",
                        file(
                                "e.csv",
                                zipped,
                                "timestamp,visitorid,event,itemid,transactionid",
                                "1433221332117,1,view,2,"))))
                .containsExactly("1 click 2 1433221332117");
        assertThat(read(Datasets.open(
                        "mind", file("behaviors.tsv", zipped, "1\tU\t11/12/2019 2:14:46 PM\tN1\tN2-0 N3-1 N4-1"))))
                .containsExactly("U click N3 1573568086000", "U click N4 1573568086000");
        assertThat(read(Datasets.open(
                        "open-bandit",
                        file("o.csv", zipped, BANDIT, "0,2019-11-24 00:00:01.5+00:00,14,3,1,0.03,a,b,c,d,0.0"))))
                .containsExactly("a-b-c-d click 14 1574553601500");
        assertThat(read(Datasets.open(
                        "kuairand", file("k.csv", zipped, KUAI, "1,2,20220408,1400,1649000000000,1,0,0,0,0,0,0,5"))))
                .containsExactly("1 click 2 1649000000000");
    }

    @Test
    void linesThatCannotBeReadAreCountedAndTheOthersGoOn() throws IOException {
        Path file = file("x.csv", false, GLOBO, "u,s,1,2,i,nonsense,1", "", "u,s,1,2,i,1500000000000,1");
        try (EventStream stream = Datasets.open("globo", file)) {
            assertThat(stream.next().itemId()).isEqualTo("i");
            assertThat(stream.hasNext()).isFalse();
            assertThat(stream.malformedLines()).isEqualTo(2);
        }
    }

    @Test
    void titlesBesideTheFileAreFound() throws IOException {
        file("movies.csv", true, "movieId,title,genres", "2,\"Title, The\",Drama");
        try (EventStream stream = Datasets.open("ml-latest-small", file("r.csv", false, RATINGS, "1,2,3.5,20"))) {
            assertThat(stream.titles()).containsEntry("2", "Title, The");
        }
    }

    @Test
    void whatIsUnknownOrMissingIsSaid() {
        assertThatThrownBy(() -> Datasets.open("nothing", null)).hasMessageContaining("known are");
        assertThatThrownBy(() -> Datasets.open("globo", null)).hasMessageContaining("--path");
        assertThatThrownBy(() -> Datasets.open("globo", work.resolve("none.csv")))
                .hasMessageContaining("none.csv");
    }

    @Test
    void theOneThatShipsHasAllItsEventsInOrderOfTime() {
        assertThat(inOrder(Datasets.open("online-retail", null))).isEqualTo(397_924 + 8_905);
    }

    @ParameterizedTest
    @CsvSource({
        "globo, globo-clicks/globo_clicks_sorted.csv.gz",
        "yoochoose-ader, yoochoose-ader",
        "yoochoose-100k, yoochoose-100k/yoochoose-clicks-100k_test.txt.gz",
        "ml-100k, ml-100k/ml-100k.inter.gz",
        "ml-1m-sequences, ml-1m/user_sequences_chronological.tsv.gz",
        "ml-latest-small, ml-latest-small/ratings.csv.gz",
        "amazon, amazon-beauty-seq/beauty.txt.gz",
        "taobao, taobao-userbehavior/UserBehavior_20171126_slice.csv.gz",
        "mind, mind-small-sample/behaviors.tsv.gz",
        "open-bandit, open-bandit-sample/random_men.csv.gz"
    })
    void realFilesAreInOrderOfTime(String name, String path) {
        Path file = REAL.resolve(path);
        assumeThat(Files.exists(file)).as(name + " is not on this machine").isTrue();
        assertThat(inOrder(Datasets.open(name, file))).isGreaterThan(1000);
    }

    private static long inOrder(EventStream stream) {
        long events = 0;
        long last = Long.MIN_VALUE;
        Set<String> ids = new HashSet<>();
        try (stream) {
            while (stream.hasNext()) {
                BehaviourEvent event = stream.next();
                assertThat(event.eventTimeMillis()).isGreaterThanOrEqualTo(last);
                last = event.eventTimeMillis();
                if (events++ < 100_000) {
                    assertThat(ids.add(event.eventId())).as(event.eventId()).isTrue();
                }
            }
            assertThat(stream.malformedLines()).isLessThan(10);
        }
        return events;
    }
}
