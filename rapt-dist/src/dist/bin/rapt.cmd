@echo off
rem rapt <command>: runs Rapt with the Java run-time image of this distribution, or else with the JDK 25 of JAVA_HOME.
rem RAPT_JAVA_OPTS holds further options for java.
setlocal
set "RAPT_HOME=%~dp0.."
set "RAPT_JAVA=%RAPT_HOME%\runtime\bin\java.exe"
if not exist "%RAPT_JAVA%" (
  if not defined JAVA_HOME (
    echo rapt: needs JAVA_HOME to be a JDK 25.0.3 or newer, got none; install one from https://adoptium.net 1>&2
    exit /b 1
  )
)
if not exist "%RAPT_JAVA%" set "RAPT_JAVA=%JAVA_HOME%\bin\java.exe"
"%RAPT_JAVA%" -XX:+UseSerialGC -Xms64m -XX:-UseProfiledLoopPredicate %RAPT_JAVA_OPTS% "-Drapt.home=%RAPT_HOME%" -jar "%RAPT_HOME%\lib\rapt-cli.jar" %*
