package io.freshet.endtoend.budget;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A source file as budgets see it: its lines, its methods and its records.
 *
 * @param path where it is
 * @param lines as they are
 * @param code the text with comments and literals blanked, line by line as before
 * @param members methods, constructors and records
 */
record JavaSource(Path path, List<String> lines, String code, List<Member> members) {
    private static final Pattern BLANKED = Pattern.compile(
            "\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\n])*\"|'(?:\\\\.|[^'\\\\\n])+'|//[^\n]*|/\\*.*?\\*/", Pattern.DOTALL);
    private static final Pattern ANNOTATION =
            Pattern.compile("@(?!interface)[\\w.]+\\s*(\\((?:[^()]++|\\([^()]*+\\))*+\\))?");
    private static final Pattern TYPE = Pattern.compile("\\b(class|interface|enum|record)\\s+(\\w+)");
    private static final Pattern CALLABLE = Pattern.compile("(\\w+)\\s*\\(");
    private static final Pattern ENUM_CONSTANT = Pattern.compile(",?\\s*[A-Z][A-Z0-9_]*\\s*(\\(.*)?", Pattern.DOTALL);

    /**
     * A method, a constructor or a record.
     *
     * @param name type and method, {@code Type.method}; of a record its name
     * @param lines from its first line to its closing brace; 0 without a body
     * @param parameters parameters, or components of a record
     * @param isRecord whether it is a record
     */
    record Member(String name, int lines, int parameters, boolean isRecord) {}

    private record Scope(
            String type, boolean isType, boolean isEnum, int headerFrom, int parentheses, String method, int from) {}

    /** Reads a file. */
    static JavaSource read(Path path) throws IOException {
        String text = Files.readString(path);
        String code = BLANKED.matcher(text).replaceAll(match -> match.group().replaceAll("[^\n]", " "));
        return new JavaSource(path, text.lines().toList(), code, new Scan(code).members());
    }

    /** Its name, as its class has it. */
    String name() {
        return path.getFileName().toString().replace(".java", "");
    }

    boolean isMain() {
        return path.toString().contains("/src/main/");
    }

    /** The module that it is in. */
    String module() {
        return path.getName(1).toString();
    }

    /** One walk over the text: braces open and close scopes, what stands before a brace says which. */
    private static final class Scan {
        private final String code;
        private final List<Member> members = new ArrayList<>();
        private final Deque<Scope> scopes = new ArrayDeque<>();
        private int headerFrom;
        private int parentheses;

        Scan(String code) {
            this.code = code;
            scopes.push(new Scope("", true, false, 0, 0, "", 0));
        }

        List<Member> members() {
            for (int i = 0; i < code.length(); i++) {
                switch (code.charAt(i)) {
                    case '(' -> parentheses++;
                    case ')' -> parentheses--;
                    case '{' -> open(i);
                    case '}' -> close(i);
                    case ';' -> end(i);
                    default -> {}
                }
            }
            return members;
        }

        private String header(int to) {
            return ANNOTATION
                    .matcher(code.substring(headerFrom, to))
                    .replaceAll("")
                    .strip();
        }

        private int lineOf(int index) {
            return (int) code.substring(0, index).chars().filter(c -> c == '\n').count();
        }

        private void open(int at) {
            Scope outer = scopes.peek();
            String type = outer.type;
            String method = "";
            boolean isType = false;
            boolean isEnum = false;
            int from = at;
            if (outer.isType && parentheses == 0) {
                String header = header(at);
                Matcher declared = TYPE.matcher(header);
                if (declared.find()) {
                    isType = true;
                    isEnum = declared.group(1).equals("enum");
                    type = declared.group(2);
                    if (declared.group(1).equals("record")) {
                        members.add(new Member(type, 0, parameters(header, declared.end()), true));
                    }
                } else if (outer.isEnum && ENUM_CONSTANT.matcher(header).matches()) {
                    isType = true;
                } else if (!header.contains("=") || header.contains("(") && header.indexOf('(') < header.indexOf('=')) {
                    method = header;
                    from = at - header.length();
                }
            }
            scopes.push(new Scope(type, isType, isEnum, headerFrom, parentheses, method, from));
            headerFrom = at + 1;
            parentheses = 0;
        }

        private void close(int at) {
            Scope closed = scopes.pop();
            parentheses = closed.parentheses;
            headerFrom = parentheses > 0 ? closed.headerFrom : at + 1;
            if (!closed.method.isEmpty()) {
                add(scopes.peek().type, closed.method, lineOf(at) - lineOf(Math.max(0, closed.from)) + 1);
            }
        }

        private void end(int at) {
            if (parentheses > 0) {
                return;
            }
            String header = header(at);
            if (scopes.peek().isType && header.contains("(") && !header.contains("=")) {
                add(scopes.peek().type, header, 0);
            }
            headerFrom = at + 1;
        }

        private void add(String type, String header, int lines) {
            Matcher callable = CALLABLE.matcher(header);
            boolean found = callable.find();
            String name = found ? callable.group(1) : "init";
            members.add(
                    new Member(type + "." + name, lines, found ? parameters(header, callable.end() - 1) : 0, false));
        }

        /** Commas between a list's parentheses that are in no brackets of their own, and one. */
        private static int parameters(String header, int from) {
            int open = header.indexOf('(', from);
            int depth = 0;
            int count = 1;
            for (int i = open; i >= 0 && i < header.length(); i++) {
                char c = header.charAt(i);
                depth += c == '(' || c == '<' || c == '[' ? 1 : c == ')' || c == '>' || c == ']' ? -1 : 0;
                if (c == ',' && depth == 1) {
                    count++;
                }
                if (depth == 0) {
                    return header.substring(open + 1, i).isBlank() ? 0 : count;
                }
            }
            return 0;
        }
    }
}
