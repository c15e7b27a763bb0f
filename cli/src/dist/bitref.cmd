@echo off
rem Starts bitref on the JDK image beside it, or on JAVA_HOME if there is none. Not tested.
rem Environment: BITREF_OPTS (more JVM options).
setlocal
set "home=%~dp0.."
set "java=%home%\runtime\bin\java.exe"
if not exist "%java%" set "java=%JAVA_HOME%\bin\java.exe"
if not exist "%java%" (
  echo bitref: needs a JDK 25 and found none; set JAVA_HOME 1>&2
  exit /b 69
)
"%java%" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -XX:+UseParallelGC ^
  -Xmx4g -Xss8m "-Dbitref.home=%home%" %BITREF_OPTS% -cp "%home%\lib\bitref-cli.jar" org.bitref.cli.Main %*
exit /b %ERRORLEVEL%
