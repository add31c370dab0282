package io.freshet.cli;

import io.freshet.evaluate.EpochEvaluation.Outcome;
import io.freshet.evaluate.EpochEvaluation.Validation;
import io.freshet.model.Architecture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Validation HR@10 by epoch, one line per model and seed, as a picture that needs nothing else. */
final class LearningCurve {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 420;
    private static final int LEFT = 60;
    private static final int BOTTOM = 370;
    private static final int TOP = 30;
    private static final int RIGHT = 560;
    private static final List<String> COLOURS =
            List.of("#1b6ca8", "#c8553d", "#3a7d44", "#8e5ea2", "#b38600", "#555555");

    private LearningCurve() {}

    static void write(Path file, Map<Architecture, List<Outcome>> outcomes) throws IOException {
        double top = 0;
        int epochs = 1;
        for (List<Outcome> runs : outcomes.values()) {
            for (Outcome run : runs) {
                for (Validation v : run.curve()) {
                    top = Math.max(top, v.validation().hitRatio10());
                    epochs = Math.max(epochs, v.epoch());
                }
            }
        }
        double step = top > 0.2 ? 0.05 : top > 0.05 ? 0.02 : 0.005;
        top = Math.max(step, Math.ceil(top / step) * step);
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\""
                        + " font-size=\"13\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                WIDTH, HEIGHT));
        for (double y = 0; y <= top + step / 2; y += step) {
            double at = BOTTOM - y / top * (BOTTOM - TOP);
            line(svg, LEFT, at, RIGHT, at, "#dddddd");
            text(svg, LEFT - 8, at + 4, "end", String.format(Locale.ROOT, step < 0.01 ? "%.3f" : "%.2f", y));
        }
        for (int i = 0; i <= 5; i++) {
            double at = LEFT + i / 5.0 * (RIGHT - LEFT);
            text(svg, at, BOTTOM + 18, "middle", Integer.toString(Math.round(i * epochs / 5f)));
        }
        text(svg, (LEFT + RIGHT) / 2.0, BOTTOM + 38, "middle", "epoch");
        text(svg, LEFT, TOP - 12, "start", "HR@10 on the validation items");
        int model = 0;
        for (Map.Entry<Architecture, List<Outcome>> entry : outcomes.entrySet()) {
            String colour = COLOURS.get(model % COLOURS.size());
            for (Outcome run : entry.getValue()) {
                StringBuilder points = new StringBuilder();
                for (Validation v : run.curve()) {
                    points.append(String.format(
                            Locale.ROOT,
                            "%.1f,%.1f ",
                            LEFT + v.epoch() / (double) epochs * (RIGHT - LEFT),
                            BOTTOM - v.validation().hitRatio10() / top * (BOTTOM - TOP)));
                }
                svg.append(String.format(
                        "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>%n",
                        colour, points.toString().trim()));
            }
            double at = TOP + 10 + 22 * model;
            line(svg, RIGHT + 15, at, RIGHT + 40, at, colour);
            text(svg, RIGHT + 47, at + 4, "start", entry.getKey().name());
            model++;
        }
        Files.writeString(file, svg.append("</svg>\n"));
    }

    private static void line(StringBuilder svg, double x1, double y1, double x2, double y2, String colour) {
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%s\"/>%n",
                x1,
                y1,
                x2,
                y2,
                colour,
                colour.equals("#dddddd") ? "1" : "3"));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String value) {
        svg.append(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, value));
    }
}
