package io.freshet.cli.evaluate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Lines over a common x axis from 0, values from 0, as an SVG picture that needs nothing else. */
final class LineChart {
    private static final int WIDTH = 860;
    private static final int HEIGHT = 420;
    private static final int LEFT = 60;
    private static final int BOTTOM = 370;
    private static final int TOP = 30;
    private static final int RIGHT = 560;
    private static final List<String> COLOURS =
            List.of("#1b6ca8", "#c8553d", "#3a7d44", "#8e5ea2", "#b38600", "#555555", "#00868b", "#d147a3");

    private final String title;
    private final String axis;
    private final Map<String, List<Line>> lines = new LinkedHashMap<>();

    /** One line's points, x rising. */
    static final class Line {
        private final List<double[]> points = new ArrayList<>();

        void point(double x, double y) {
            points.add(new double[] {x, y});
        }
    }

    /**
     * @param title of the values
     * @param axis what the x axis counts
     */
    LineChart(String title, String axis) {
        this.title = title;
        this.axis = axis;
    }

    /** A new line; those of one name share a colour and an entry of the legend. */
    Line line(String name) {
        Line line = new Line();
        lines.computeIfAbsent(name, key -> new ArrayList<>()).add(line);
        return line;
    }

    void write(Path file) throws IOException {
        double top = 0;
        double last = 1;
        for (List<Line> group : lines.values()) {
            for (Line line : group) {
                for (double[] point : line.points) {
                    top = Math.max(top, point[1]);
                    last = Math.max(last, point[0]);
                }
            }
        }
        double step = top > 0.5 ? 0.1 : top > 0.2 ? 0.05 : top > 0.05 ? 0.02 : 0.005;
        top = Math.max(step, Math.ceil(top / step) * step);
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\""
                        + " font-size=\"13\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                WIDTH, HEIGHT));
        grid(svg, top, step, last);
        int at = 0;
        for (Map.Entry<String, List<Line>> group : lines.entrySet()) {
            String colour = COLOURS.get(at % COLOURS.size());
            for (Line line : group.getValue()) {
                StringBuilder points = new StringBuilder();
                for (double[] point : line.points) {
                    points.append(String.format(
                            Locale.ROOT,
                            "%.1f,%.1f ",
                            LEFT + point[0] / last * (RIGHT - LEFT),
                            BOTTOM - point[1] / top * (BOTTOM - TOP)));
                }
                svg.append(String.format(
                        "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>%n",
                        colour, points.toString().trim()));
            }
            double y = TOP + 10 + 22 * at++;
            line(svg, RIGHT + 15, y, RIGHT + 40, y, colour);
            text(svg, RIGHT + 47, y + 4, "start", group.getKey());
        }
        Files.writeString(file, svg.append("</svg>\n"));
    }

    private void grid(StringBuilder svg, double top, double step, double last) {
        for (double y = 0; y <= top + step / 2; y += step) {
            double at = BOTTOM - y / top * (BOTTOM - TOP);
            line(svg, LEFT, at, RIGHT, at, "#dddddd");
            text(svg, LEFT - 8, at + 4, "end", String.format(Locale.ROOT, step < 0.01 ? "%.3f" : "%.2f", y));
        }
        for (int i = 0; i <= 5; i++) {
            double at = LEFT + i / 5.0 * (RIGHT - LEFT);
            text(svg, at, BOTTOM + 18, "middle", Long.toString(Math.round(i * last / 5)));
        }
        text(svg, (LEFT + RIGHT) / 2.0, BOTTOM + 38, "middle", axis);
        text(svg, LEFT, TOP - 12, "start", title);
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
