throw new Error('module throws');
