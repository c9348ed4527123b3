console.log("Hello, box!");
