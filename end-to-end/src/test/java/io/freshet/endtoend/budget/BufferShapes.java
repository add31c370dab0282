package io.freshet.endtoend.budget;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Buffers of source files that are declared without a shape. A shape is a bracketed expression in the comment of a
 * declaration: in its Javadoc, as {@code @param x [T, D]}, behind its name, as in {@code y [T, O] = x [T, D] · w}, or
 * in a line comment beside or above it.
 */
final class BufferShapes {
    private static final String NAMES = "Floats|Ints|QuantizedRows|HostFloats|HostInts|HostQuantizedRows|NativeBlock"
            + "|(Byte|Short|Int|Long|Float|Double)Buffer|MemorySegment|BitSet";
    private static final Pattern BUFFER =
            Pattern.compile("\\b(" + NAMES + ")\\b|\\b(float|double|int|long|short|byte|boolean)\\s*(\\[|\\.\\.\\.)");
    private static final String BRACKETS = "(?<![\\w\\])])\\[[\\w ,.·*+/^()|-]+\\]";
    private static final Pattern SHAPE = Pattern.compile(BRACKETS);
    /** What may stand between a name and its shape: other names of the same shape. */
    private static final String LIST = "\\b(, \\w+)*\\W{0,3}(\\{@code )?";

    private final CompilationUnitTree unit;
    private final Trees trees;
    private final List<String> lines;
    private final List<String> missing = new ArrayList<>();

    private BufferShapes(CompilationUnitTree unit, Trees trees, CharSequence text) {
        this.unit = unit;
        this.trees = trees;
        this.lines = text.toString().lines().toList();
    }

    /** A file in memory, whose path is the name that is reported. */
    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String file, String text) {
            super(URI.create("string:///" + file), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    /**
     * The buffers without shape, as {@code file:line Type.name}.
     *
     * @param texts of files, by the names that are reported
     */
    static List<String> missing(Map<String, String> texts) throws IOException {
        List<Source> sources = texts.entrySet().stream()
                .map(entry -> new Source(entry.getKey(), entry.getValue()))
                .toList();
        JavacTask task =
                (JavacTask) ToolProvider.getSystemJavaCompiler().getTask(null, null, found -> {}, null, null, sources);
        Trees trees = Trees.instance(task);
        List<String> missing = new ArrayList<>();
        for (CompilationUnitTree unit : task.parse()) {
            String file = unit.getSourceFile().toUri().getPath().substring(1);
            BufferShapes shapes =
                    new BufferShapes(unit, trees, unit.getSourceFile().getCharContent(true));
            for (Tree type : unit.getTypeDecls()) {
                if (type instanceof ClassTree declared) {
                    shapes.type(declared, false);
                }
            }
            shapes.missing.forEach(found -> missing.add(file + ":" + found));
        }
        return missing;
    }

    private static boolean isBuffer(Tree type) {
        return type != null
                && BUFFER.matcher(type.toString().replaceAll("@\\w+\\s*", "")).find();
    }

    private static boolean hasShape(String comment) {
        return SHAPE.matcher(comment).find();
    }

    private void type(ClassTree type, boolean isHidden) {
        boolean isRecord = type.getKind() == Tree.Kind.RECORD;
        Doc doc = doc(type);
        Map<String, String> fields = new HashMap<>();
        for (Tree member : type.getMembers()) {
            if (member instanceof VariableTree field && isBuffer(field.getType())) {
                boolean isComponent =
                        isRecord && !field.getModifiers().getFlags().contains(Modifier.STATIC);
                fields.put(field.getName().toString(), field.getType().toString());
                if (!hasShape(comment(field)) && !(isComponent && doc.gives(field))) {
                    report(type, field, field.getName().toString());
                }
            }
        }
        for (Tree member : type.getMembers()) {
            if (member instanceof ClassTree inner) {
                type(inner, isHidden || inner.getModifiers().getFlags().contains(Modifier.PRIVATE));
            } else if (member instanceof MethodTree method && !isHidden && isSeen(method)) {
                method(type, method, fields);
            }
        }
    }

    /** What a private method takes is seen in its file; what one takes over is in the Javadoc of whom it comes from. */
    private static boolean isSeen(MethodTree method) {
        return !method.getModifiers().getFlags().contains(Modifier.PRIVATE)
                && method.getModifiers().getAnnotations().stream()
                        .map(AnnotationTree::getAnnotationType)
                        .noneMatch(name -> name.toString().equals("Override"));
    }

    private void method(ClassTree type, MethodTree method, Map<String, String> fields) {
        Doc doc = doc(method);
        String name = method.getName().toString();
        List<String> buffers = new ArrayList<>();
        for (VariableTree parameter : method.getParameters()) {
            String called = parameter.getName().toString();
            boolean isField =
                    name.equals("<init>") && parameter.getType().toString().equals(fields.get(called));
            if (isBuffer(parameter.getType())) {
                buffers.add(called);
                if (!isField && !doc.gives(parameter) && !hasShape(comment(parameter))) {
                    report(type, parameter, name + "(" + called + ")");
                }
            }
        }
        if (isBuffer(method.getReturnType()) && !doc.givesReturned(buffers)) {
            report(type, method, name);
        }
    }

    private void report(ClassTree type, Tree at, String name) {
        missing.add(lineOf(at) + " " + type.getSimpleName() + "." + name);
    }

    private int lineOf(Tree tree) {
        return (int) unit.getLineMap().getLineNumber(trees.getSourcePositions().getStartPosition(unit, tree));
    }

    private Doc doc(Tree tree) {
        return new Doc(Objects.requireNonNullElse(trees.getDocComment(TreePath.getPath(unit, tree)), ""));
    }

    /** The Javadoc of a variable, the line comments beside it and those right above it. */
    private String comment(VariableTree variable) {
        StringBuilder comment = new StringBuilder(doc(variable).text);
        long end = trees.getSourcePositions().getEndPosition(unit, variable);
        int first = lineOf(variable) - 1;
        int last = (int) unit.getLineMap().getLineNumber(end) - 1;
        for (int i = first; i <= last; i++) {
            comment.append(afterSlashes(lines.get(i)));
        }
        for (int i = first - 1; i >= 0 && lines.get(i).strip().startsWith("//"); i--) {
            comment.append(afterSlashes(lines.get(i)));
        }
        return comment.toString();
    }

    private static String afterSlashes(String line) {
        int slashes = line.indexOf("//");
        return slashes < 0 ? "" : line.substring(slashes);
    }

    /** A documentation comment: what it says, and its block tags. */
    private record Doc(String text) {
        private static final Pattern TAG = Pattern.compile("(?m)^\\s*@(?=[a-z])");

        boolean gives(VariableTree variable) {
            String name = Pattern.quote(variable.getName().toString());
            Pattern named = Pattern.compile("\\b" + name + LIST + BRACKETS);
            String[] parts = TAG.split(text, -1);
            for (int i = 1; i < parts.length; i++) {
                if (parts[i].matches("(?s)param\\s+" + name + "\\s.*") && hasShape(parts[i])) {
                    return true;
                }
            }
            return named.matcher(parts[0]).find();
        }

        /** Whether it has a shape in its description or its return tag that is no parameter's. */
        boolean givesReturned(List<String> parameters) {
            String[] parts = TAG.split(text, -1);
            String description = parts[0];
            for (String parameter : parameters) {
                description = description.replaceAll("\\b" + Pattern.quote(parameter) + LIST + BRACKETS, "");
            }
            boolean isGiven = hasShape(description);
            for (String part : parts) {
                isGiven |= part.startsWith("return") && hasShape(part);
            }
            return isGiven;
        }
    }
}
